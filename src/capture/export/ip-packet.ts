/** IPv4 and IPv6 packets with their checksums (RFC 1071). */
import { UDP } from '../import/ip.ts';

/** The ends of a conversation. */
export interface Flow {
  device: string;
  devicePort: number;
  gateway: string;
  gatewayPort: number;
}

const IPV4_HEAD_BYTES = 20;
const IPV6_HEAD_BYTES = 40;
const HOPS = 64;
const DO_NOT_FRAGMENT = 0x4000;

/** Puts a segment or datagram, whose checksum belongs at `sumAt`, into a packet from one end to the other. */
export function ipPacket(
  { device, gateway }: Flow,
  direction: 'in' | 'out',
  protocol: number,
  payload: Uint8Array,
  sumAt: number,
): Uint8Array {
  const source = addressBytes(direction === 'in' ? device : gateway) as Uint8Array;
  const destination = addressBytes(direction === 'in' ? gateway : device) as Uint8Array;
  writeTransportSum(source, destination, protocol, payload, sumAt);
  return source.length === 4
    ? ipv4Packet(source, destination, protocol, payload)
    : ipv6Packet(source, destination, protocol, payload);
}

function ipv4Packet(source: Uint8Array, destination: Uint8Array, protocol: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(IPV4_HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(2, bytes.length);
  view.setUint16(6, DO_NOT_FRAGMENT);
  view.setUint8(8, HOPS);
  view.setUint8(9, protocol);
  bytes.set(source, 12);
  bytes.set(destination, 16);
  view.setUint16(10, checksum([bytes.subarray(0, IPV4_HEAD_BYTES)]));
  bytes.set(payload, IPV4_HEAD_BYTES);
  return bytes;
}

function ipv6Packet(source: Uint8Array, destination: Uint8Array, protocol: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(IPV6_HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x60);
  view.setUint16(4, payload.length);
  view.setUint8(6, protocol);
  view.setUint8(7, HOPS);
  bytes.set(source, 8);
  bytes.set(destination, 24);
  bytes.set(payload, IPV6_HEAD_BYTES);
  return bytes;
}

function writeTransportSum(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  payload: Uint8Array,
  at: number,
): void {
  const tail = new Uint8Array(8);
  new DataView(tail.buffer).setUint32(0, payload.length);
  new DataView(tail.buffer).setUint32(4, protocol);
  const sum = checksum([source, destination, tail, payload]);
  // Of a datagram, zero says that there is no checksum.
  new DataView(payload.buffer).setUint16(at, protocol === UDP && sum === 0 ? 0xffff : sum);
}

/** The ones' complement sum of 16-bit words; each part but the last must have an even length. */
function checksum(parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += ((part[at] as number) << 8) | (part[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

/** The bytes of an address; `null` where the text is none. */
export function addressBytes(text: string): Uint8Array | null {
  return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): Uint8Array | null {
  const numbers = text.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return numbers.length === 4 && numbers.every((number) => number < 256) ? Uint8Array.from(numbers) : null;
}

function ipv6Bytes(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...left, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => '0'), ...right];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  return Uint8Array.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}

/**
 * Reads the header with which a load balancer says whose connection it passes on: the PROXY protocol, versions 1 and 2.
 *
 * Source: HAProxy, "The PROXY protocol, versions 1 & 2" (2020-03-05), §2.1 and §2.2. Numbers are big-endian.
 *
 *     version 1   "PROXY" SP ("TCP4" | "TCP6") SP source SP destination SP source port SP destination port CR LF
 *                 "PROXY UNKNOWN" .. CR LF
 *     version 2   0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A · version and command u8 · family and protocol u8 · length u16 · addresses · TLVs
 *
 * It is strict, because what it reads decides whose limits a connection counts against: everything but the exact grammar is
 * malformed. The contents of TLVs are passed over, their lengths must add up.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Where a connection comes from. */
export interface Origin {
  address: string;
  port: number;
}

export type ProxyHeader =
  | { kind: 'need-more' }
  /** The header is `[0, end)`. `origin` is `null` where the load balancer speaks for itself (a health check) or does not know. */
  | { kind: 'header'; end: number; origin: Origin | null }
  | { kind: 'malformed'; detail: string };

/** Longest header of version 1, with CR LF (§2.1). */
const MAX_LINE_BYTES = 107;
/** Longest addresses and TLVs of version 2. Its length field allows 65,535; real ones with a certificate's name take hundreds. */
const MAX_BLOCK_BYTES = 4_096;
/** Bytes after which a header is whole or malformed. */
export const MAX_PROXY_HEADER_BYTES = 16 + MAX_BLOCK_BYTES;

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const WORD = Buffer.from('PROXY ', 'latin1');
const FIXED_BYTES = 16;
const CR = 0x0d;
const LF = 0x0a;

const NEED_MORE: ProxyHeader = { kind: 'need-more' };
const malformed = (detail: string): ProxyHeader => ({ kind: 'malformed', detail });

/** Reads the header at the start of the bytes. */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (startsLike(start, SIGNATURE)) return start.length < SIGNATURE.length ? NEED_MORE : readVersion2(start);
  if (startsLike(start, WORD)) return start.length < WORD.length ? NEED_MORE : readVersion1(start);
  return malformed('the connection begins with no PROXY header');
}

/** Tells whether the bytes begin with the mark, as far as they go. */
function startsLike(bytes: Buffer, mark: Buffer): boolean {
  const length = Math.min(bytes.length, mark.length);
  return bytes.compare(mark, 0, length, 0, length) === 0;
}

function readVersion1(bytes: Buffer): ProxyHeader {
  const end = bytes.indexOf(LF) + 1;
  if (end === 0) return bytes.length < MAX_LINE_BYTES ? NEED_MORE : malformed(`no line end within ${MAX_LINE_BYTES} bytes`);
  if (end > MAX_LINE_BYTES) return malformed(`a line of ${end} bytes`);
  if (bytes[end - 2] !== CR) return malformed('the line ends without CR');
  const line = bytes.toString('latin1', 0, end - 2);
  // What follows UNKNOWN is to be passed over (§2.1).
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) return { kind: 'header', end, origin: null };
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', ...rest] = line.split(' ');
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : null;
  if (isAddress === null) return malformed('a family other than TCP4, TCP6 and UNKNOWN');
  if (!isAddress(source) || !isAddress(destination)) return malformed(`an address that is none of ${family}`);
  if (!isPort(sourcePort) || !isPort(destinationPort) || rest.length > 0) return malformed('ports that are not two numbers');
  const address = family === 'TCP6' ? canonicalIPv6(source) : source;
  return { kind: 'header', end, origin: { address, port: Number(sourcePort) } };
}

/** A zone, as in `fe80::1%eth0`, means nothing outside the machine that wrote it. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 0xffff;
}

const LOCAL = 0x20;
const PROXY = 0x21;
/** Address bytes by address family, the high half of the byte (§2.2). */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 12, 2: 36, 3: 216 };
const INET = 1;
const INET6 = 2;
/** Protocols, the low half: unspecified, stream, datagram. */
const STREAM = 1;

function readVersion2(bytes: Buffer): ProxyHeader {
  if (bytes.length < FIXED_BYTES) return NEED_MORE;
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13) >> 4;
  const protocol = bytes.readUInt8(13) & 0x0f;
  const length = bytes.readUInt16BE(14);
  if (command !== LOCAL && command !== PROXY) return malformed(`version and command 0x${command.toString(16)}`);
  if (length > MAX_BLOCK_BYTES) return malformed(`addresses and TLVs of ${length} bytes`);
  const addressBytes = ADDRESS_BYTES[family];
  if (addressBytes === undefined || protocol > STREAM) return malformed(`family ${family}, protocol ${protocol}`);
  const end = FIXED_BYTES + length;
  if (bytes.length < end) return NEED_MORE;
  // A receiver of LOCAL takes the connection's own ends, whatever the family says (§2.2).
  if (command === LOCAL) return { kind: 'header', end, origin: null };
  const tlvsAt = FIXED_BYTES + addressBytes;
  if (tlvsAt > end) return malformed(`${length} bytes are too few for addresses of family ${family}`);
  if (family !== 0 && !areTlvs(bytes, tlvsAt, end)) return malformed('TLVs that do not add up');
  return { kind: 'header', end, origin: protocol === STREAM ? originOf(bytes, family) : null };
}

// type u8 · length u16 · value
function areTlvs(bytes: Buffer, from: number, end: number): boolean {
  let at = from;
  while (at + 3 <= end) at += 3 + bytes.readUInt16BE(at + 1);
  return at === end;
}

// source · destination · source port u16 · destination port u16
function originOf(bytes: Buffer, family: number): Origin | null {
  if (family === INET) {
    return { address: bytes.subarray(FIXED_BYTES, FIXED_BYTES + 4).join('.'), port: bytes.readUInt16BE(FIXED_BYTES + 8) };
  }
  if (family !== INET6) return null;
  const words = Array.from({ length: 8 }, (_, word) => bytes.readUInt16BE(FIXED_BYTES + 2 * word).toString(16));
  return { address: canonicalIPv6(words.join(':')), port: bytes.readUInt16BE(FIXED_BYTES + 32) };
}

/** Writes an address as Node writes those of sockets, so that one device has one address, however it comes. */
function canonicalIPv6(text: string): string {
  const short = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  const inner = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return inner.flatMap((word) => [word >> 8, word & 0xff]).join('.');
}

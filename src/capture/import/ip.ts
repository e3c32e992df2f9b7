/** IPv4 (RFC 791) and IPv6 (RFC 8200) packets: addresses, what they carry, and how much of it was captured. */
import { viewOf } from './packet-file.ts';

export const TCP = 6;
export const UDP = 17;

/** What a packet carries, or a fragment of it. */
export interface IpPacket {
  source: string;
  destination: string;
  /** Number of the protocol of the payload. */
  protocol: number;
  /** What was captured of the payload; a view. */
  payload: Uint8Array;
  /** How long the payload was. */
  length: number;
  /** Where a datagram is sent in pieces: which datagram, where the piece lies in it, and whether others follow. */
  fragment: { id: number; offset: number; more: boolean } | null;
}

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;
const MOST_EXTENSIONS = 8;
const IPV6_HEAD_BYTES = 40;

/** Reads a packet; `null` where it ends inside its headers. */
export function readIp(bytes: Uint8Array): IpPacket | null {
  return (bytes[0] as number) >> 4 === 4 ? readIpv4(bytes) : readIpv6(bytes);
}

function readIpv4(bytes: Uint8Array): IpPacket | null {
  const headBytes = ((bytes[0] as number) & 0x0f) * 4;
  if (headBytes < 20 || bytes.length < headBytes) return null;
  const view = viewOf(bytes);
  // A network card that cuts packets itself is given them whole, with no length.
  const total = view.getUint16(2) || bytes.length;
  const flags = view.getUint16(6);
  const offset = (flags & 0x1fff) * 8;
  const more = (flags & 0x2000) !== 0;
  if (total < headBytes) return null;
  return {
    source: ipv4Text(bytes, 12),
    destination: ipv4Text(bytes, 16),
    protocol: bytes[9] as number,
    payload: bytes.subarray(headBytes, Math.max(headBytes, Math.min(bytes.length, total))),
    length: total - headBytes,
    fragment: offset > 0 || more ? { id: view.getUint16(4), offset, more } : null,
  };
}

function readIpv6(bytes: Uint8Array): IpPacket | null {
  if (bytes.length < IPV6_HEAD_BYTES) return null;
  const view = viewOf(bytes);
  const total = view.getUint16(4) === 0 ? bytes.length : IPV6_HEAD_BYTES + view.getUint16(4);
  let protocol = bytes[6] as number;
  let at = IPV6_HEAD_BYTES;
  let fragment: IpPacket['fragment'] = null;
  for (let seen = 0; seen < MOST_EXTENSIONS && isExtension(protocol); seen++) {
    if (bytes.length < at + 8) return null;
    const units = bytes[at + 1] as number;
    if (protocol === FRAGMENT) {
      const placed = view.getUint16(at + 2);
      const found = { id: view.getUint32(at + 4), offset: placed & 0xfff8, more: (placed & 1) !== 0 };
      // A fragment that is all there is, is none.
      if (found.offset > 0 || found.more) fragment = found;
    }
    const extension = protocol;
    protocol = bytes[at] as number;
    at += extensionBytes(extension, units);
    // What follows the header of a fragment, but the first one's, is the middle of a datagram.
    if (fragment !== null) break;
  }
  if (total < at || bytes.length < at) return null;
  return {
    source: ipv6Text(view, 8),
    destination: ipv6Text(view, 24),
    protocol,
    payload: bytes.subarray(at, Math.min(bytes.length, total)),
    length: total - at,
    fragment,
  };
}

function isExtension(protocol: number): boolean {
  return [HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION].includes(protocol);
}

function extensionBytes(protocol: number, units: number): number {
  if (protocol === FRAGMENT) return 8;
  return protocol === AUTHENTICATION ? (units + 2) * 4 : (units + 1) * 8;
}

function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

const LONGEST_ZEROS = /(?:^|:)0(?::0)+(?:$|:)/g;

/** As RFC 5952 writes it: the longest run of zeros left out. */
function ipv6Text(view: DataView, at: number): string {
  const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((offset) => view.getUint16(at + offset).toString(16));
  const text = groups.join(':');
  const runs = text.match(LONGEST_ZEROS) ?? [];
  const longest = runs.reduce(
    (best, run) => (run.replaceAll(/[^0]/g, '').length > best.replaceAll(/[^0]/g, '').length ? run : best),
    '',
  );
  return longest === '' ? text : text.replace(longest, '::');
}

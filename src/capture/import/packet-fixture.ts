/** Packets and files of packets, put together by hand for tests: independent of what the exporter makes. */

export interface Ends {
  source?: string;
  destination?: string;
  sourcePort?: number;
  destinationPort?: number;
}

const number = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);

export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
}

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** What a TCP segment says; `body` is text. */
export interface Tcp extends Ends {
  seq?: number;
  ack?: number;
  flags?: string;
  body?: string;
}

const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

export function tcp({
  sourcePort = 40_000,
  destinationPort = 5027,
  seq = 0,
  ack = 0,
  flags = 'A',
  body = '',
}: Tcp): Uint8Array {
  const bits = flags.split('').reduce((sum, flag) => sum + (FLAGS[flag] as number), 0);
  return joined(
    number(sourcePort, 2),
    number(destinationPort, 2),
    number(seq, 4),
    number(ack, 4),
    // Twelve bytes of options: the payload begins where the header says.
    [0x80, bits],
    number(1000, 2),
    number(0, 4),
    Array.from({ length: 12 }, () => 1),
    ascii(body),
  );
}

export function udp({ sourcePort = 40_000, destinationPort = 5027, body = '' }: Ends & { body?: string }): Uint8Array {
  return joined(number(sourcePort, 2), number(destinationPort, 2), number(8 + body.length, 2), [0, 0], ascii(body));
}

const DEVICE = '203.0.113.9';
const GATEWAY = '192.0.2.1';

export interface Ipv4 extends Ends {
  id?: number;
  /** Where a fragment lies, bytes; and whether others follow. */
  offset?: number;
  more?: boolean;
  /** Length the header claims, where it is not the right one. */
  claims?: number;
}

export function ipv4(protocol: number, payload: Uint8Array, options: Ipv4 = {}): Uint8Array {
  const { source = DEVICE, destination = GATEWAY, id = 1, offset = 0, more = false, claims } = options;
  return joined(
    [0x46, 0],
    number(claims ?? 24 + payload.length, 2),
    number(id, 2),
    number((more ? 0x2000 : 0) + offset / 8, 2),
    [64, protocol, 0, 0],
    source.split('.').map(Number),
    destination.split('.').map(Number),
    // Four bytes of options.
    [1, 1, 1, 0],
    payload,
  );
}

/** With a hop-by-hop header before the payload, and a fragment header where one is asked for. */
export function ipv6(
  protocol: number,
  payload: Uint8Array,
  fragment?: { id: number; offset: number; more: boolean },
): Uint8Array {
  const extensions = joined(
    [fragment === undefined ? protocol : 44, 0, 1, 4, 0, 0, 0, 0],
    fragment === undefined
      ? []
      : [protocol, 0, ...number(fragment.offset + (fragment.more ? 1 : 0), 2), ...number(fragment.id, 4)],
  );
  return joined(
    [0x60, 0, 0, 0],
    number(extensions.length + payload.length, 2),
    [0, 64],
    [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
    [0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    extensions,
    payload,
  );
}

/** Puts an IP packet behind the header of a link. */
export const LINKS: Readonly<Record<string, { type: number; wrap: (ip: Uint8Array) => Uint8Array }>> = {
  ethernet: { type: 1, wrap: (ip) => joined(mac(), etherType(ip), ip) },
  // Short frames are filled up to 60 bytes and more.
  padded: {
    type: 1,
    wrap: (ip) =>
      joined(
        mac(),
        etherType(ip),
        ip,
        Array.from({ length: 20 }, () => 0),
      ),
  },
  vlan: { type: 1, wrap: (ip) => joined(mac(), [0x81, 0x00, 0, 7], etherType(ip), ip) },
  'vlan in vlan': { type: 1, wrap: (ip) => joined(mac(), [0x88, 0xa8, 0, 7, 0x81, 0x00, 0, 8], etherType(ip), ip) },
  'raw IP': { type: 101, wrap: (ip) => ip },
  'IPv4 alone': { type: 228, wrap: (ip) => ip },
  'loopback of BSD, little-endian': { type: 0, wrap: (ip) => joined([2, 0, 0, 0], ip) },
  'loopback of BSD, big-endian': { type: 0, wrap: (ip) => joined([0, 0, 0, 2], ip) },
  'loopback of OpenBSD': { type: 108, wrap: (ip) => joined([0, 0, 0, 2], ip) },
  'Linux cooked': { type: 113, wrap: (ip) => joined([0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0], etherType(ip), ip) },
  'Linux cooked, version 2': {
    type: 276,
    wrap: (ip) => joined(etherType(ip), [0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0], ip),
  },
};

const mac = (): number[] => [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
const etherType = (ip: Uint8Array): number[] => ((ip[0] as number) >> 4 === 4 ? [0x08, 0x00] : [0x86, 0xdd]);

/** A packet in a file. */
export interface Packet {
  bytes: Uint8Array;
  /** Microseconds since 1970. */
  at?: number;
  /** Bytes of it that are captured; all if not given. */
  captured?: number;
}

export const NOON_US = Date.UTC(2026, 7, 21, 12) * 1_000;

export interface PcapOptions {
  linkType?: number;
  little?: boolean;
  nanoseconds?: boolean;
}

const ordered = (value: number, bytes: number, little: boolean): number[] =>
  little ? number(value, bytes).toReversed() : number(value, bytes);

export function pcap(
  packets: readonly Packet[],
  { linkType = 101, little = true, nanoseconds = false }: PcapOptions = {},
): Uint8Array {
  const u32 = (value: number): number[] => ordered(value, 4, little);
  const u16 = (value: number): number[] => ordered(value, 2, little);
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const head = [u32(magic), u16(2), u16(4), u32(0), u32(0), u32(262_144), u32(linkType)].flat();
  const records = packets.map(({ bytes, at = NOON_US, captured = bytes.length }) => {
    const fraction = (at % 1_000_000) * (nanoseconds ? 1_000 : 1);
    return joined(
      u32(Math.floor(at / 1_000_000)),
      u32(fraction),
      u32(captured),
      u32(bytes.length),
      bytes.subarray(0, captured),
    );
  });
  return new Uint8Array(Buffer.concat([Uint8Array.from(head), ...records]));
}

/** A block of pcapng. */
export function block(type: number, content: Uint8Array | readonly number[], little = true): Uint8Array {
  const padding = Array.from({ length: (4 - (content.length % 4)) % 4 }, () => 0);
  const length = ordered(12 + content.length + padding.length, 4, little);
  return joined(ordered(type, 4, little), length, content, padding, length);
}

export function sectionHeader(little = true): Uint8Array {
  return block(
    0x0a0d0d0a,
    [ordered(0x1a2b3c4d, 4, little), ordered(1, 2, little), ordered(0, 2, little), Array.from({ length: 8 }, () => 255)].flat(),
    little,
  );
}

export function interfaceBlock(linkType: number, options: readonly number[] = [], little = true, snapLength = 0): Uint8Array {
  return block(1, [ordered(linkType, 2, little), [0, 0], ordered(snapLength, 4, little), options].flat(), little);
}

/** An enhanced packet block; `units` count as the interface says. */
export function packetBlock(bytes: Uint8Array, units: number, interfaceId = 0, little = true): Uint8Array {
  const u32 = (value: number): number[] => ordered(value, 4, little);
  const head = [u32(interfaceId), u32(Math.floor(units / 2 ** 32)), u32(units % 2 ** 32), u32(bytes.length), u32(bytes.length)];
  return block(6, joined(head.flat(), bytes), little);
}

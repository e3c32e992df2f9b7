import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bodies, imported, streams, type Imported } from './import-fixture.ts';
import {
  block,
  interfaceBlock,
  ipv4,
  ipv6,
  joined,
  LINKS,
  NOON_US,
  packetBlock,
  pcap,
  sectionHeader,
  tcp,
  udp,
  type Packet,
} from './packet-fixture.ts';

const NOON = NOON_US / 1_000;
const read = (packets: readonly Packet[], options = {}): Imported => imported('pcap', pcap(packets), options);
const hello: Packet = { bytes: ipv4(17, udp({ body: 'hello' })) };
const texts = ({ entries }: Imported): string[] => bodies(entries, 'latin1');

const capture = (name: string) =>
  imported(
    name.endsWith('ng') ? 'pcapng' : 'pcap',
    new Uint8Array(readFileSync(new URL(`../../../fixtures/captures/${name}`, import.meta.url))),
  );

/** An option of a pcapng block. */
function option(code: number, value: readonly number[], little: boolean): number[] {
  const u16 = [code, value.length].flatMap((n) => (little ? [n & 255, n >> 8] : [n >> 8, n & 255]));
  return [...u16, ...value, ...Array.from({ length: (4 - (value.length % 4)) % 4 }, () => 0)];
}

describe('packet captures by tcpdump and dumpcap', () => {
  const LOGIN = '000f333536333037303432343431303133';
  const FRAME =
    '000000000000003608010000016b40d8ea30010000000000000000000000000000000105021503010101425e0f01f10000601a014e0000000000000000010000c7cf';
  const BIG = Array.from({ length: 1600 }, (_, i) => (i % 251).toString(16).padStart(2, '0')).join('');
  test.each(['ethernet-nanoseconds.pcap', 'linux-cooked.pcap', 'linux-cooked-v2.pcap'])('%s', (name) => {
    const { entries, counts } = capture(name);
    expect(streams(entries)).toEqual([LOGIN + FRAME, LOGIN + FRAME, `68656c6c6f${BIG}`, BIG]);
    expect(streams(entries, 'out')).toEqual(['0100000001', '0100000001', '6f6b']);
    const [v4, v6] = [entries[0]?.peer, entries.find(({ peer }) => peer.startsWith('['))?.peer];
    expect(v4).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(v6).toMatch(/^\[::1\]:\d+$/);
    expect(new Set(entries.map(({ listener, transport }) => `${transport} ${listener}`))).toEqual(
      new Set(['tcp 5027', 'udp 5082']),
    );
    expect(entries.every(({ at }) => new Date(at).toISOString().startsWith('2026-11-25T'))).toBe(true);
    expect(counts).toEqual({ 'side-guessed': 2 });
  });

  test('two-interfaces.pcapng', () => {
    const { entries, counts } = capture('two-interfaces.pcapng');
    const tcpEntries = entries.filter(({ transport }) => transport === 'tcp');
    expect(streams(tcpEntries)).toEqual([LOGIN + FRAME, LOGIN + FRAME]);
    expect(streams(tcpEntries, 'out')).toEqual(['0100000001', '0100000001']);
    expect(counts).toEqual({ retransmission: 8, 'side-guessed': 2 });
  });

  test('cut-to-100-bytes.pcap', () => {
    const { entries, counts, report } = capture('cut-to-100-bytes.pcap');
    expect(streams(entries)[0]).toBe((LOGIN + FRAME).slice(0, -2 * 22));
    expect(report.noted.find(({ reason }) => reason === 'gap')?.first[0]?.detail).toMatch(
      /^22 bytes, 127\.0\.0\.1:\d+ > 5027$/,
    );
    expect(counts).toEqual({ gap: 3, fragment: 4, 'side-guessed': 1 });
  });
});

describe('file formats', () => {
  test.each([
    [true, false],
    [true, true],
    [false, false],
    [false, true],
  ])('pcap, little-endian %s, nanoseconds %s', (little, nanoseconds) => {
    const source = pcap([{ ...hello, at: NOON_US + 250_999 }], { little, nanoseconds });
    for (const pieceBytes of [1, 7, Infinity]) {
      const { entries } = imported('pcap', source, {}, pieceBytes);
      expect(entries.map(({ at }) => at)).toEqual([NOON + 250]);
      expect(bodies(entries, 'latin1')).toEqual(['hello']);
    }
  });

  test('pcap: the link type is the low half of its field', () => {
    expect(texts(imported('pcap', pcap([hello], { linkType: 101 + 0x3000_0000 })))).toEqual(['hello']);
  });

  test.each([true, false])(
    'pcapng, little-endian %s: units of time and links by interface, sections, other blocks',
    (little) => {
      const offset = [0, 0, 0, 0, 0, 0, 0, 10];
      const source = joined(
        sectionHeader(little),
        interfaceBlock(101, option(2, [0x6c, 0x6f, 0x31], little), little),
        interfaceBlock(1, [...option(9, [9], little), ...option(0, [], little)], little),
        interfaceBlock(
          101,
          [...option(9, [0x8a], little), ...option(14, little ? offset.toReversed() : offset, little)],
          little,
        ),
        packetBlock(hello.bytes, NOON_US + 1_000, 0, little),
        block(5, [0, 0, 0, 0], little),
        packetBlock(LINKS['ethernet']?.wrap(hello.bytes) as Uint8Array, (NOON + 2) * 1_000_000 + 500_000, 1, little),
        packetBlock(hello.bytes, (NOON / 1_000) * 1_024 + 512, 2, little),
        block(0x0bad, new Uint8Array(3_000_000), little),
        sectionHeader(!little),
        interfaceBlock(101, [], !little),
        packetBlock(hello.bytes, NOON_US + 3_000, 0, !little),
      );
      for (const pieceBytes of [1_001, Infinity]) {
        const { entries, report } = imported('pcapng', source, {}, pieceBytes);
        expect(bodies(entries, 'latin1')).toEqual(['hello', 'hello', 'hello', 'hello']);
        expect(entries.map(({ at }) => at - NOON)).toEqual([1, 2, 10_500, 3]);
        expect(report.skipped).toEqual([]);
      }
    },
  );

  test('pcapng: packets in the older block, and without a time', () => {
    const older = [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, hello.bytes.length, 0, 0, 0, hello.bytes.length, 0, 0, 0];
    const source = joined(
      sectionHeader(),
      interfaceBlock(101, [], true, 20),
      block(3, joined([hello.bytes.length, 0, 0, 0], hello.bytes.subarray(0, 20))),
      interfaceBlock(101),
      block(2, joined(older, hello.bytes)),
      block(3, joined([20, 0, 0, 0], hello.bytes.subarray(0, 20))),
    );
    const { entries, counts } = imported('pcapng', source, { at: NOON });
    expect(entries.map(({ at }) => at)).toEqual([0]);
    expect(counts).toEqual({ 'cut-header': 2, 'side-guessed': 1 });
  });

  test('a file that breaks off is read to there, and so is one that goes on with something else', () => {
    const whole = pcap([hello, hello]);
    const cut = imported('pcap', whole.subarray(0, whole.length - 1));
    expect(texts(cut)).toEqual(['hello']);
    expect(cut.report.skipped).toMatchObject([{ reason: 'cut-off', first: [{ where: 'packet 2' }] }]);
    const garbage = imported('pcap', joined(whole, new Uint8Array(64).fill(0xee), whole));
    expect(texts(garbage)).toEqual(['hello', 'hello']);
    expect(garbage.report.skipped).toMatchObject([{ reason: 'broken-file', count: 1, first: [{ where: 'packet 3' }] }]);
    expect(imported('pcap', whole.subarray(0, 10)).counts).toEqual({ 'cut-off': 1 });
    expect(imported('pcap', new Uint8Array(100)).counts).toEqual({ 'broken-file': 1 });
  });

  test.each([
    ['no section', interfaceBlock(101)],
    ['a byte order that is none', joined(sectionHeader().subarray(0, 8), [1, 2, 3, 4], sectionHeader().subarray(12))],
    ['a length that is none', joined(sectionHeader(), [1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0])],
    ['a packet larger than any', joined(sectionHeader(), [6, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0])],
    ['a packet of no interface', joined(sectionHeader(), packetBlock(hello.bytes, 0))],
    [
      'a packet longer than its block',
      joined(sectionHeader(), interfaceBlock(101), block(6, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0])),
    ],
    ['an interface that is none', joined(sectionHeader(), block(1, [1, 0, 0, 0]))],
    ['a simple packet of no interface', joined(sectionHeader(), block(3, [1, 0, 0, 0, 1]))],
  ])('pcapng with %s is read to there', (_, source) => {
    const { entries, report } = imported('pcapng', joined(source, packetBlock(hello.bytes, 0)));
    expect(entries).toEqual([]);
    expect(report.skipped).toMatchObject([{ reason: 'broken-file', count: 1 }]);
  });
});

describe('links and IP', () => {
  test.each(Object.entries(LINKS))('%s', (_, { type, wrap }) => {
    const found = imported('pcap', pcap([{ bytes: wrap(hello.bytes) }], { linkType: type }));
    expect(texts(found)).toEqual(['hello']);
    expect(found.entries[0]).toMatchObject({ peer: '203.0.113.9:40000', listener: '5027', transport: 'udp', direction: 'in' });
  });

  test('IPv6, with headers between', () => {
    const { entries } = read([{ bytes: ipv6(17, udp({ body: 'hello' })) }]);
    expect(entries[0]).toMatchObject({ peer: '[2001:db8::9]:40000', listener: '5027' });
    expect(bodies(entries, 'latin1')).toEqual(['hello']);
  });

  test('packets whose length the card was to fill in', () => {
    expect(texts(read([{ bytes: ipv4(6, tcp({ body: 'hello' }), { claims: 0 }) }]))).toEqual(['hello']);
  });

  test('what is none of it is counted', () => {
    const arp = joined(new Uint8Array(12), [0x08, 0x06], new Uint8Array(28));
    const ethernet = imported(
      'pcap',
      pcap([{ bytes: arp }, { bytes: arp.subarray(0, 9) }, { bytes: joined(arp.subarray(0, 12), [0x81, 0, 0]) }], {
        linkType: 1,
      }),
    );
    expect(ethernet.counts).toEqual({ 'not-ip': 1, 'cut-header': 2 });
    expect(ethernet.report.skipped[0]?.first[0]?.detail).toBe('ethertype 0x0806');
    const raw = read([
      { bytes: ipv4(1, new Uint8Array(8)) },
      { bytes: ipv4(6, new Uint8Array(8)) },
      { bytes: ipv4(17, new Uint8Array(4)) },
      { bytes: ipv4(6, tcp({})).subarray(0, 18) },
      { bytes: ipv6(17, udp({})).subarray(0, 30) },
      { bytes: Uint8Array.of(0x95, 0) },
      { bytes: new Uint8Array(0) },
      { bytes: ipv4(6, tcp({}), { claims: 5 }) },
    ]);
    expect(raw.counts).toEqual({ 'other-transport': 1, 'cut-header': 6, 'not-ip': 1 });
    expect(imported('pcap', pcap([hello], { linkType: 105 })).counts).toEqual({ 'link-type': 1 });
  });
});

describe('IP fragments', () => {
  const whole = udp({ body: 'a datagram of thirty-two letters' });
  const piece = (from: number, to: number, options = {}): Packet => ({
    bytes: ipv4(17, whole.subarray(from, to), { id: 7, offset: from, more: to < whole.length, ...options }),
  });

  const pieceOfIpv6 = (from: number, to: number): Packet => ({
    bytes: ipv6(17, whole.subarray(from, to), { id: 9, offset: from, more: to < whole.length }),
  });

  test('are put together in whatever order, where they overlap or come twice as well', () => {
    for (const packets of [
      [piece(0, 16), piece(16, 40)],
      [piece(16, 40), piece(0, 16)],
      [piece(24, 40), piece(8, 24), piece(0, 16), piece(0, 16)],
    ]) {
      expect(texts(read(packets))).toEqual(['a datagram of thirty-two letters']);
    }
  });

  test('of several datagrams are kept apart', () => {
    const { entries, counts } = read([piece(0, 16), piece(0, 16, { id: 8 }), piece(16, 40, { id: 8 }), piece(16, 40)]);
    expect(entries).toHaveLength(2);
    expect(counts).toEqual({ 'side-guessed': 1 });
  });

  test('of IPv6 as well', () => {
    expect(texts(read([pieceOfIpv6(0, 16), pieceOfIpv6(16, 40)]))).toEqual(['a datagram of thirty-two letters']);
  });

  test('that never become a whole are counted, whether they wait too long, are cut, or are too many', () => {
    const late = { ...piece(16, 40), at: NOON_US + 31_000_000 };
    expect(read([piece(0, 16), late]).counts).toEqual({ fragment: 2 });
    expect(read([{ ...piece(0, 16), captured: 30 }, piece(16, 40)]).counts).toEqual({ fragment: 2 });
    expect(read([piece(0, 16, { offset: 65_528 })]).counts).toEqual({ fragment: 1 });
    const many = Array.from({ length: 1_000 }, (_, id) => piece(0, 16, { id }));
    expect(read(many).counts).toEqual({ fragment: 1_000 });
  });
});

describe('UDP', () => {
  const answer: Packet = {
    bytes: ipv4(17, udp({ sourcePort: 5027, destinationPort: 40_000, body: 'ok' }), {
      source: '192.0.2.1',
      destination: '203.0.113.9',
    }),
  };

  test('is a session for each peer, both ways', () => {
    const other: Packet = { bytes: ipv4(17, udp({ sourcePort: 40_001, body: 'hi' })) };
    const { entries } = read([answer, hello, other, hello]);
    expect(entries.map(({ direction, peer }) => [direction, peer])).toEqual([
      ['out', '203.0.113.9:40000'],
      ['in', '203.0.113.9:40000'],
      ['in', '203.0.113.9:40001'],
      ['in', '203.0.113.9:40000'],
    ]);
    expect(new Set(entries.map(({ sessionId }) => sessionId)).size).toBe(2);
  });

  test('skips what was captured in part, and what is empty', () => {
    const { counts } = read([{ ...hello, captured: 34 }, { bytes: ipv4(17, udp({})) }]);
    expect(counts).toEqual({ 'side-guessed': 1, 'cut-datagram': 1, empty: 1 });
  });

  test('takes the side with the port that is given for the gateway, and skips other ports', () => {
    const low: Packet = { bytes: ipv4(17, udp({ sourcePort: 53, destinationPort: 60_000, body: 'in' })) };
    const { entries, counts } = read([low, hello], { ports: new Map([[60_000, 'ruptela']]), ident: 'a' });
    expect(entries).toMatchObject([
      { direction: 'in', listener: '60000', peer: '203.0.113.9:53', protocol: 'ruptela', ident: 'a' },
    ]);
    expect(counts).toEqual({ 'other-port': 1 });
  });
});

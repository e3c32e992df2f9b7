import { describe, expect, test } from 'vitest';
import { BOUNDS, Conversations } from './conversations.ts';
import { DEFAULTS } from './reader.ts';
import { readIp, type IpPacket } from './ip.ts';
import { bodies, imported, streams, type Imported } from './import-fixture.ts';
import { ipv4, NOON_US, pcap, tcp, type Packet, type Tcp } from './packet-fixture.ts';
import { TransferReport } from './report.ts';
import { readTcp, type TcpSegment } from './tcp-segment.ts';

interface Said extends Tcp {
  ms?: number;
  captured?: number;
}

/** A packet from the device; sequence numbers count from 1000. */
function up({ ms = 0, captured, ...said }: Said): Packet {
  const bytes = ipv4(6, tcp({ ack: 5001, ...said }));
  return { bytes, at: NOON_US + ms * 1_000, captured: captured ?? bytes.length };
}

/** One from the gateway; from 5000. */
function down({ ms = 0, ...said }: Said): Packet {
  const ends = { source: '192.0.2.1', destination: '203.0.113.9' };
  const ports = { sourcePort: 5027, destinationPort: said.destinationPort ?? 40_000 };
  return { bytes: ipv4(6, tcp({ seq: 5001, ack: 1001, ...said, ...ports }), ends), at: NOON_US + ms * 1_000 };
}

const syn = up({ seq: 1000, ack: 0, flags: 'S' });
const synAck = down({ seq: 5000, ack: 1001, flags: 'SA' });
const opened = [syn, synAck, up({ seq: 1001 })];
const read = (packets: readonly Packet[], options = {}): Imported => imported('pcap', pcap(packets), options);
const said = (found: Imported, direction: 'in' | 'out' = 'in'): string[] =>
  streams(found.entries, direction).map((hex) => Buffer.from(hex, 'hex').toString('latin1'));

describe('a connection', () => {
  test('is a session with both directions, each read at its time', () => {
    const found = read([
      ...opened,
      up({ seq: 1001, flags: 'PA', body: 'login', ms: 10 }),
      down({ seq: 5001, ack: 1006, body: 'ok', ms: 20 }),
      up({ seq: 1006, ack: 5003, flags: 'FA', body: 'data', ms: 30 }),
    ]);
    expect(found.entries).toMatchObject([
      {
        at: NOON_US / 1_000 + 10,
        direction: 'in',
        transport: 'tcp',
        listener: '5027',
        peer: '203.0.113.9:40000',
        protocol: null,
      },
      { at: NOON_US / 1_000 + 20, direction: 'out' },
      { at: NOON_US / 1_000 + 30, direction: 'in' },
    ]);
    expect(bodies(found.entries, 'latin1')).toEqual(['login', 'ok', 'data']);
    expect(new Set(found.entries.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(found.counts).toEqual({});
  });

  test('is put in order, with each byte once, whatever comes late, again, or across', () => {
    const parts = {
      a: up({ seq: 1001, body: 'abc' }),
      b: up({ seq: 1004, body: 'def' }),
      c: up({ seq: 1007, body: 'ghi' }),
      across: up({ seq: 1002, body: 'bcdefg' }),
      all: up({ seq: 1001, body: 'abcdefghi' }),
    };
    const orders: (keyof typeof parts)[][] = [
      ['a', 'b', 'c'],
      ['c', 'b', 'a'],
      ['b', 'c', 'a'],
      ['a', 'a', 'c', 'c', 'b'],
      ['a', 'across', 'c'],
      ['c', 'across', 'a'],
      ['c', 'all'],
      ['b', 'across', 'across', 'a', 'c'],
    ];
    for (const order of orders) {
      const found = read([...opened, ...order.map((name) => parts[name])]);
      expect(said(found), order.join()).toEqual(['abcdefghi']);
      expect(found.report.skipped).toEqual([]);
      expect(Object.keys(found.counts).filter((reason) => reason !== 'retransmission')).toEqual([]);
    }
  });

  test('goes on over the end of the sequence numbers', () => {
    const last = 2 ** 32 - 3;
    const found = read([
      up({ seq: last - 1, ack: 0, flags: 'S' }),
      up({ seq: 3, body: 'ghi' }),
      up({ seq: last, body: 'abcdef' }),
    ]);
    expect(said(found)).toEqual(['abcdefghi']);
  });

  test('takes data that come with the SYN, and no keep-alives', () => {
    const found = read([
      up({ seq: 1000, ack: 0, flags: 'S', body: 'fast' }),
      down({ seq: 5000, ack: 1005, flags: 'SA' }),
      up({ seq: 1004, body: '\0' }),
      up({ seq: 1005, body: 'on' }),
    ]);
    expect(said(found)).toEqual(['faston']);
    expect(found.counts).toEqual({});
  });

  test('ends with a reset, whose reason is no part of it', () => {
    const found = read([...opened, up({ seq: 1001, body: 'abc' }), up({ seq: 1004, flags: 'R', body: 'why' })]);
    expect(said(found)).toEqual(['abc']);
  });
});

describe('a hole', () => {
  const first = up({ seq: 1001, body: 'abc' });
  const third = up({ seq: 1007, body: 'ghi' });

  test('is waited for while the gateway waits for it', () => {
    const waiting = Array.from({ length: 100 }, (_, i) => down({ seq: 5001, ack: 1004, ms: 100 * i }));
    const found = read([...opened, first, third, ...waiting, up({ seq: 1004, body: 'def', ms: 10_000 })]);
    expect(said(found)).toEqual(['abcdefghi']);
    expect(found.counts).toEqual({});
  });

  test('is given up once the gateway has the bytes and a second has gone by', () => {
    const found = read([
      ...opened,
      first,
      { ...third, at: NOON_US + 1_000 },
      down({ ack: 1010, ms: 10 }),
      down({ ack: 1010, body: 'late', ms: 1_500 }),
      up({ seq: 1004, body: 'def', ms: 1_600 }),
    ]);
    expect(bodies(found.entries, 'latin1')).toEqual(['abc', 'late', 'ghi']);
    expect(found.entries.at(-1)?.at).toBe(NOON_US / 1_000 + 1);
    expect(found.counts).toEqual({ gap: 1, retransmission: 1 });
    expect(found.report.noted[0]?.first[0]).toEqual({ where: 'packet 7', detail: '3 bytes, 203.0.113.9:40000 > 5027' });
  });

  test('may still be filled by a capture that is out of order itself', () => {
    const found = read([...opened, first, third, down({ ack: 1010 }), up({ seq: 1004, body: 'def', ms: 2 })]);
    expect(said(found)).toEqual(['abcdefghi']);
    expect(found.counts).toEqual({});
  });

  test('is given up when the connection or the capture ends, and when too much would be held', () => {
    for (const packets of [
      [first, third],
      [first, third, up({ seq: 1010, flags: 'R' })],
    ]) {
      const found = read([...opened, ...packets]);
      expect(said(found)).toEqual(['abcghi']);
      expect(found.counts).toEqual({ gap: 1 });
    }
    const body = 'x'.repeat(50_000);
    const many = Array.from({ length: 60 }, (_, i) => up({ seq: 2_000 + i * 50_000, body }));
    const found = read([...opened, ...many]);
    expect(said(found)[0]).toHaveLength(60 * 50_000);
    expect(found.entries[0]?.bytes.length).toBe(50_000);
    expect(found.counts).toEqual({ gap: 1 });
  });

  test('of segments captured in part is told with its size', () => {
    const found = read([...opened, up({ seq: 1001, body: 'abcdef', captured: 24 + 32 + 2 }), up({ seq: 1007, body: 'ghi' })]);
    expect(said(found)).toEqual(['abghi']);
    expect(found.report.noted).toMatchObject([
      { reason: 'gap', count: 1, first: [{ detail: '4 bytes, 203.0.113.9:40000 > 5027' }] },
    ]);
  });
});

describe('a connection whose beginning was not captured', () => {
  test('begins with its first segment, and says which side was guessed', () => {
    const found = read([up({ seq: 7001, body: 'abc' }), down({ ack: 7004, body: 'ok' }), up({ seq: 7004, body: 'def' })]);
    expect(said(found)).toEqual(['abcdef']);
    expect(said(found, 'out')).toEqual(['ok']);
    expect(found.counts).toEqual({ 'side-guessed': 1 });
  });

  test('is guessed the same when the gateway is heard first', () => {
    const found = read([
      down({ seq: 5001, ack: 7001, body: 'ok' }),
      up({ seq: 7004, body: 'def' }),
      up({ seq: 7001, body: 'abc' }),
    ]);
    expect(said(found)).toEqual(['abcdef']);
    expect(said(found, 'out')).toEqual(['ok']);
  });

  test('leaves out, and counts, what comes from before', () => {
    const found = read([up({ seq: 7004, body: 'def' }), up({ seq: 7001, body: 'abc' }), up({ seq: 7007, body: 'ghi' })]);
    expect(said(found)).toEqual(['defghi']);
    expect(found.counts).toEqual({ 'side-guessed': 1, 'before-start': 1 });
  });

  test('is known where the answer to the SYN is there, or comes before it', () => {
    for (const packets of [[synAck], [synAck, syn]]) {
      const found = read([...packets, up({ seq: 1001, body: 'abc' }), down({ seq: 5001, ack: 1004, body: 'ok' })]);
      expect(said(found)).toEqual(['abc']);
      expect(said(found, 'out')).toEqual(['ok']);
      expect(found.counts).toEqual({});
    }
  });
});

describe('ports', () => {
  test('used again are another session', () => {
    const again = [up({ seq: 90_000, ack: 0, flags: 'S', ms: 100 }), up({ seq: 90_001, body: 'new', ms: 110 })];
    const closed = up({ seq: 1004, flags: 'FA' });
    for (const between of [[], [closed]]) {
      const found = read([...opened, up({ seq: 1001, body: 'old' }), ...between, syn, ...again]);
      expect(said(found)).toEqual(['old', 'new']);
    }
    const answered = read([
      down({ seq: 5001, body: 'x', flags: 'FA' }),
      down({ seq: 80_000, ack: 90_001, flags: 'SA' }),
      ...again.slice(1),
    ]);
    expect(answered.entries).toHaveLength(2);
    expect(new Set(answered.entries.map(({ sessionId }) => sessionId)).size).toBe(2);
  });

  test('used again unseen give a stream that goes on elsewhere, and the report says so', () => {
    const found = read([
      ...opened,
      up({ seq: 1001, body: 'old' }),
      up({ seq: 900_000_000, body: 'new' }),
      up({ seq: 900_000_003, body: '!' }),
    ]);
    expect(said(found)).toEqual(['oldnew!']);
    expect(found.counts).toEqual({ jump: 1 });
  });

  test('that are given tell the sides against who called, and leave others out', () => {
    const foreign = up({ sourcePort: 40_001, destinationPort: 8123, seq: 1, flags: 'SA', body: 'query' });
    const found = read([...opened, up({ seq: 1001, body: 'abc' }), foreign], { ports: new Map([[5027, 'teltonika']]) });
    expect(found.entries).toMatchObject([{ direction: 'in', protocol: 'teltonika', listener: '5027' }]);
    expect(found.report.skipped).toMatchObject([
      { reason: 'other-port', first: [{ where: 'packet 5', detail: '40001 > 8123' }] },
    ]);
    const reverse = read([...opened, up({ seq: 1001, body: 'abc' })], { ports: new Map([[40_000, null]]) });
    expect(reverse.entries).toMatchObject([{ direction: 'out', listener: '40000', peer: '192.0.2.1:5027' }]);
  });

  test('of connections that TLS hides are left out, both ways', () => {
    const found = read([
      ...opened,
      up({ seq: 1001, body: '\x16\x03\x01\x02\x00\x01\x00' }),
      down({ seq: 5001, ack: 1008, body: '\x16\x03\x03' }),
      up({ seq: 1008, body: 'more' }),
    ]);
    expect(found.entries).toEqual([]);
    expect(found.counts).toEqual({ encrypted: 3 });
  });
});

function converse(segments: readonly Said[], bounds: typeof BOUNDS): { given: string[]; counts: Record<string, number> } {
  const report = new TransferReport();
  const given: string[] = [];
  const conversations = new Conversations(DEFAULTS, report, ({ peer }) => given.push(peer.split(':')[1] ?? ''), bounds);
  segments.forEach((segment, i) => {
    const found = readTcp(readIp(up(segment).bytes) as IpPacket) as TcpSegment;
    conversations.segment({ source: '203.0.113.9', destination: '192.0.2.1', at: 0, packetNumber: i + 1 }, found);
  });
  given.push('end');
  conversations.end();
  return { given, counts: Object.fromEntries(report.noted.map(({ reason, count }) => [reason, count])) };
}

/** A connection of which the first bytes after the SYN are missing. */
const broken = (sourcePort: number, pieces: number): Said[] => [
  { sourcePort, seq: 1000, ack: 0, flags: 'S' },
  ...Array.from({ length: pieces }, (_, i) => ({ sourcePort, seq: 2_000 + i * 100, body: 'x'.repeat(100) })),
];

describe('bounds', () => {
  test('hold however many connections there are: what the one silent longest holds is given when it is forgotten', () => {
    const segments = [
      ...broken(1, 1),
      ...broken(2, 1),
      { sourcePort: 1, seq: 2_100, body: 'x' },
      ...broken(3, 1),
      ...broken(4, 1),
    ];
    const { given, counts } = converse(segments, { conversations: 2, heldBytes: 1e6 });
    expect(given).toEqual(['2', '1', '1', 'end', '3', '4']);
    expect(counts).toEqual({ gap: 4 });
  });

  test('hold for the bytes of all connections together', () => {
    const segments = [1, 2, 3, 4, 5].flatMap((port) => broken(port, 10));
    const { given, counts } = converse(segments, { conversations: 100, heldBytes: 3_000 });
    // The eleventh piece above the bound frees half of it: the first connections are given before the end.
    expect(given.slice(0, 21)).toEqual([
      ...Array.from({ length: 10 }, () => '1'),
      ...Array.from({ length: 10 }, () => '2'),
      'end',
    ]);
    expect(counts).toEqual({ gap: 5 });
  });
});

/** However long a hostile file is, its reader keeps a bounded amount of it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { READERS, type SourceFormat } from '../../src/capture/import/formats.ts';
import {
  ipv4,
  packetBlock,
  pcap,
  sectionHeader,
  interfaceBlock,
  block,
  tcp,
  udp,
} from '../../src/capture/import/packet-fixture.ts';
import { DEFAULTS } from '../../src/capture/import/reader.ts';
import { TransferReport } from '../../src/capture/import/report.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const FED_BYTES = 96 * 1024 * 1024;
/** What all TCP connections together may hold, and as much again for what is not collected yet. */
const CEILING_BYTES = 128 * 1024 * 1024;
const HEAD_BYTES = 24;

const text = (make: (n: number) => string) => (n: number) => new Uint8Array(Buffer.from(make(n)));
const id = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
const packets = (make: (n: number) => Uint8Array) => (n: number) => pcap([{ bytes: make(n) }]).subarray(HEAD_BYTES);

/** Pieces of a file that never ends; each is made from its number. */
const HOSTILE: readonly [what: string, format: SourceFormat, head: Uint8Array, piece: (n: number) => Uint8Array][] = [
  ['a line without an end', 'hex', new Uint8Array(0), () => new Uint8Array(65_536).fill(0x30)],
  ['a line without an end of JSON', 'jsonl', new Uint8Array(0), () => new Uint8Array(65_536).fill(0x5b)],
  [
    'a channel a line',
    'traccar-log',
    new Uint8Array(0),
    text((n) => `2026-08-21 09:18:51  INFO: [T${id(n)}: x < 1.2.3.4] 00\n`),
  ],
  ['a bus a line', 'candump', new Uint8Array(0), text((n) => `(1.0) b${id(n)} 123#1122334455667788\n`)],
  ['a topic a line', 'mqtt-jsonl', new Uint8Array(0), text((n) => `{"topic":"t${id(n)}","payload":"00112233","at":1}\n`)],
  ['lines that are nothing', 'base64', new Uint8Array(0), text((n) => `? ${id(n)}\n`)],
  [
    'a connection a packet',
    'pcap',
    pcap([]),
    packets((n) => ipv4(6, tcp({ sourcePort: n % 65_536, seq: n, flags: 'S' }), { source: `10.${(n >> 16) & 255}.1.1` })),
  ],
  [
    'segments behind holes',
    'pcap',
    pcap([]),
    packets((n) =>
      ipv4(6, tcp({ sourcePort: n % 50_000, seq: 1 + 20_000 * (1 + Math.floor(n / 50_000)), ack: 1, body: 'x'.repeat(1_400) })),
    ),
  ],
  [
    'first fragments',
    'pcap',
    pcap([]),
    packets((n) =>
      ipv4(17, udp({ body: 'x'.repeat(1_400) }), { id: n % 65_536, source: `10.${(n >> 16) & 255}.1.1`, more: true }),
    ),
  ],
  ['interfaces', 'pcapng', sectionHeader(), (n) => (n % 4_000 === 0 ? sectionHeader() : interfaceBlock(101))],
  ['blocks without an end', 'pcapng', sectionHeader(), () => block(0x0bad, new Uint8Array(4_000_000))],
  [
    'a block that claims 4 GB',
    'pcapng',
    new Uint8Array([...sectionHeader(), 0xad, 0x0b, 0, 0, 0xfc, 0xff, 0xff, 0xff]),
    () => new Uint8Array(65_536),
  ],
  [
    'a peer a datagram',
    'pcapng',
    new Uint8Array([...sectionHeader(), ...interfaceBlock(101)]),
    (n) => packetBlock(ipv4(17, udp({ sourcePort: n % 65_536, body: 'x' }), { source: `10.${(n >> 16) & 255}.1.1` }), n),
  ],
];

test.each(HOSTILE)('%s: %s', (_, format, head, piece) => {
  collect();
  const before = process.memoryUsage();
  const report = new TransferReport();
  const reader = READERS[format](DEFAULTS, report);
  let most = 0;
  let fed = 0;
  expect(reader.push(head)).toEqual([]);
  // More pieces than any bound has, or more bytes than all that may be held.
  for (let n = 0, checked = 0; fed < FED_BYTES && n < 120_000; n++) {
    const bytes = piece(n);
    for (const entry of reader.push(bytes)) report.count(entry);
    fed += bytes.length;
    if (fed - checked < 8 * 1024 * 1024 && n % 30_000 !== 29_999) continue;
    checked = fed;
    collect();
    const { heapUsed, external } = process.memoryUsage();
    most = Math.max(most, heapUsed + external - before.heapUsed - before.external);
  }
  expect(most).toBeLessThan(CEILING_BYTES);
  for (const entry of reader.end()) report.count(entry);
  expect(fed).toBeGreaterThan(1024 * 1024);
});

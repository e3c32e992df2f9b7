/**
 * Measures the way from outcomes to rows in the embedded engine: rows a second, CPU of this process for a row, bytes a row takes
 * on the disk. `node bench/sink.ts [messages]`; the figures go into docs/decisions/0003.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NormalisedMessage } from '#model/normalised';
import type { FrameOutcome } from '../src/pipeline/ports.ts';
import { ClickHouse } from '../src/sink/clickhouse/clickhouse.ts';

const [wanted = '400000'] = process.argv.slice(2);
const MESSAGES = Number(wanted);
const DEVICES = 500;
const MESSAGES_OF_A_FRAME = 4;
const START_AT = Date.UTC(2026, 5, 15, 6);

const SIGNALS = [
  'device.supply.voltage',
  'device.battery.voltage',
  'device.gsm.signal',
  'ignition.state.on',
  'engine.speed.value',
  'engine.coolant.temperature',
  'odometer.total.value',
  'consumption.fuel.level',
  'teltonika.io.69',
  'teltonika.io.200',
];

/** A vehicle on its way: each value a small step from the one before. */
interface Drive {
  ident: string;
  lat: number;
  lon: number;
  course: number;
  speed: number;
  odometer: number;
  at: number;
}

const random = mulberry(7);
const drives: Drive[] = Array.from({ length: DEVICES }, (_, i) => ({
  ident: String(356_307_042_000_000 + i * 97),
  lat: 40 + random(),
  lon: -4 + random(),
  course: random() * 360,
  speed: 50,
  odometer: Math.round(random() * 200_000),
  at: START_AT + Math.round(random() * 10_000),
}));

function messageOf(drive: Drive, index: number): NormalisedMessage {
  drive.at += 5_000;
  drive.course = (drive.course + (random() - 0.5) * 20 + 360) % 360;
  drive.speed = Math.max(0, Math.min(120, drive.speed + Math.round((random() - 0.5) * 12)));
  const metres = (drive.speed / 3.6) * 5;
  drive.lat = Math.round((drive.lat + (Math.cos((drive.course * Math.PI) / 180) * metres) / 111_320) * 1e7) / 1e7;
  drive.lon = Math.round((drive.lon + (Math.sin((drive.course * Math.PI) / 180) * metres) / 85_000) * 1e7) / 1e7;
  drive.odometer += metres / 1_000;
  return {
    ident: drive.ident,
    trackerOid: `t-${drive.ident}`,
    provider: 'targa',
    index,
    recordIdHi: (random() * 2 ** 32) >>> 0,
    recordIdLo: (random() * 2 ** 32) >>> 0,
    deviceTime: drive.at,
    observedAt: drive.at,
    clockRepair: 'none',
    receivedAt: drive.at + 900 + Math.round(random() * 300),
    backlog: false,
    position: {
      lat: drive.lat,
      lon: drive.lon,
      fixTime: null,
      valid: true,
      distrust: null,
      altitudeM: 600 + Math.round(random() * 5),
      speedKmh: drive.speed,
      courseDeg: Math.round(drive.course),
      satellites: 8 + Math.round(random() * 5),
      hdop: null,
    },
    signalKeys: SIGNALS,
    signalValues: [
      13.8 + Math.round(random() * 5) / 10,
      4.1,
      3 + Math.round(random() * 2),
      1,
      900 + Math.round(drive.speed * 25),
      88 + Math.round(random() * 3),
      Math.round(drive.odometer * 1_000) / 1_000,
      60,
      1,
      0,
    ],
    stateKeys: [],
    stateValues: [],
    events: [],
  };
}

function outcomes(count: number): FrameOutcome[] {
  return Array.from({ length: count }, (_, i) => {
    const drive = drives[i % DEVICES] as Drive;
    const messages = Array.from({ length: MESSAGES_OF_A_FRAME }, (_unused, index) => messageOf(drive, index));
    const receivedAt = (messages.at(-1) as NormalisedMessage).receivedAt;
    const frame = new Uint8Array(60 * MESSAGES_OF_A_FRAME);
    for (let at = 0; at < frame.length; at++) frame[at] = at % 3 === 0 ? random() * 256 : at;
    return {
      seq: i + 1,
      column: 'stored',
      ident: drive.ident,
      quarantine: null,
      messages: messages.map((message) => ({ ...message, receivedAt })),
      record: {
        receivedAt,
        transport: 'tcp',
        listener: 'trackers',
        peer: `203.0.113.${i % 250}:${40_000 + (i % DEVICES)}`,
        sessionId: (i % DEVICES).toString(16).padStart(16, '0'),
        protocol: 'teltonika',
        codecVersion: 1,
        ident: drive.ident,
        dialect: null,
        fault: null,
        faultDetail: null,
        frame,
      },
    };
  });
}

/** A small seeded generator, so that two runs compare. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const directory = mkdtempSync(join(tmpdir(), 'odograph-bench-sink-'));
const clickhouse = await ClickHouse.open({
  mode: 'embedded',
  dir: directory,
  database: 'odograph',
  username: '',
  password: '',
  memoryBytes: 2_000_000_000,
  requestTimeoutMs: 60_000,
  insertsInFlight: 2,
});
const sink = await clickhouse.openSink({
  spoolId: 'fedcba9876543210',
  storedThrough: 0,
  batchRows: 20_000,
  batchAgeMs: 1_000,
  inFlight: 2,
  waitingRows: 200_000,
  retryMs: { first: 200, last: 1_000 },
  now: Date.now,
});
const given = outcomes(MESSAGES / MESSAGES_OF_A_FRAME);
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
for (const outcome of given) {
  if (sink.full) await sink.room();
  sink.put(outcome);
  // As in the gateway, where frames come a few at a time: the loop must turn.
  if (outcome.seq % 256 === 0) await new Promise((resolve) => void setImmediate(resolve));
}
await sink.flush(AbortSignal.timeout(120_000));
const seconds = (performance.now() - startedAt) / 1_000;
const cpu = process.cpuUsage(cpuBefore);
const { connection } = clickhouse;
for (const table of ['messages', 'frames']) await connection.command(`OPTIMIZE TABLE odograph.${table} FINAL`);
const sizes = await connection.rows<{ table: string; n: string; bytes_row: number }>(
  `SELECT table, sum(rows) AS n, round(sum(bytes_on_disk) / sum(rows), 1) AS bytes_row FROM system.parts
   WHERE database = 'odograph' AND active AND table IN ('messages', 'frames') GROUP BY table ORDER BY table`,
);
const columns = await connection.rows<{ name: string; bytes_row: number }>(
  `SELECT column AS name, round(sum(column_data_compressed_bytes + column_marks_bytes) / sum(rows), 2) AS bytes_row
   FROM system.parts_columns WHERE database = 'odograph' AND table = 'messages' AND active GROUP BY column ORDER BY bytes_row DESC LIMIT 16`,
);
process.stdout.write(
  `${Math.round(MESSAGES / seconds)} messages/s, ${((cpu.user + cpu.system) / MESSAGES).toFixed(1)} us CPU of this process a message\n`,
);
for (const { table, n, bytes_row } of sizes) process.stdout.write(`${table}: ${n} rows, ${bytes_row} bytes a row\n`);
process.stdout.write(`${columns.map(({ name, bytes_row }) => `${name} ${bytes_row}`).join(', ')}\n`);
sink.close();
await clickhouse.close();
rmSync(directory, { recursive: true, force: true });

/** The judge is judged: it finds nothing where nothing happened, and each kind of fault that is planted into the stores. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { Connection } from '../../src/sink/clickhouse/connection.ts';
import { readEndpoint } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { until } from '../support/waiting.ts';
import { atRest } from './at-rest.ts';
import { Doors } from './client/doors.ts';
import { identsOf, ReferenceFleet } from './client/fleet.ts';
import { judge } from './judge/judge.ts';
import type { Verdict } from './judge/verdict.ts';
import type { Findings } from './result.ts';
import { removeFolder } from '../support/remove-folder.ts';

const TRACKERS = { teltonika: 3, astra: 2, udp: 2, mqtt: 2, http: 2 };
const FRAMES = 15;
const NOTHING: Findings = { lost: 0, duplicated: 0, altered: 0, reordered: 0, invented: 0, unbalanced: 0 };

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-judge-'));
let gateway: GatewayProcess;
let clickhouse: Connection;
let fleet: ReferenceFleet;
let metrics: Map<string, number>;

beforeAll(async () => {
  const doors = await Doors.choose(identsOf('mqtt', TRACKERS.mqtt));
  gateway = await GatewayProcess.start({ dataDir, settings: [...doors.settings, 'clickhouse.batchAgeMs=50'] });
  await doors.openPush(gateway, dataDir);
  const startsAt = Date.UTC(2026, 9, 1);
  fleet = new ReferenceFleet(doors, { trackers: TRACKERS, startsAt, recordsPerFrame: 3, pauseMs: 5, quarantineEvery: 7 });
  fleet.start();
  const enough = (): boolean => fleet.trackers.every(({ framesAcknowledged }) => framesAcknowledged >= FRAMES);
  await until('every tracker was told of many frames', enough, 60_000);
  await fleet.finish(30_000);
  await atRest(gateway);
  metrics = await gateway.metrics();
  const endpoint = readEndpoint(join(dataDir, 'clickhouse'));
  if (endpoint === null) throw new Error('the gateway runs no engine');
  const settings = { mutations_sync: 1 };
  clickhouse = new Connection({ ...endpoint, database: 'odograph', requestTimeoutMs: 20_000, connections: 2, settings });
}, 120_000);

afterAll(async () => {
  await clickhouse.close();
  await gateway.kill();
  removeFolder(dataDir);
});

const ask = <Row>(sql: string): Promise<Row[]> => gateway.query<Row>(sql);
const judged = (): Promise<Verdict> => judge({ memories: fleet.memories, ask, metrics, told: fleet.told });

let before: Verdict;

/** Plants something, and gives what the judge finds more than before. */
async function found(...plants: string[]): Promise<Partial<Findings>> {
  for (const sql of plants) await clickhouse.commandIn('odograph', sql);
  const verdict = await judged();
  const more = Object.entries(verdict.findings).map(([kind, count]) => [kind, count - before.findings[kind as keyof Findings]]);
  before = verdict;
  return Object.fromEntries(more.filter(([, count]) => count !== 0)) as Partial<Findings>;
}

/** The row of a record of a tracker, as a condition. Each test takes a tracker of its own. */
function rowOf(tracker: number, frame: number, record = 0): string {
  const { memory } = fleet.trackers[tracker] ?? {};
  const deviceTime = memory?.acknowledged[frame]?.records[record]?.deviceTime;
  return `ident = '${memory?.ident}' AND toUnixTimestamp64Milli(device_time) = ${deviceTime}`;
}

it('finds nothing where nothing happened, over TCP, UDP, MQTT and HTTP', async () => {
  before = await judged();
  expect(before.examples).toEqual([]);
  expect(before.findings).toEqual(NOTHING);
  expect(before.acknowledged).toBeGreaterThan(11 * FRAMES);
  expect(before.quarantined).toBeGreaterThanOrEqual(7 * 2);
  expect(before.rows).toBeGreaterThanOrEqual(before.acknowledged);
});

it('finds a row that is gone', async () => {
  expect(await found(`ALTER TABLE messages DELETE WHERE ${rowOf(0, 2, 1)}`)).toEqual({ lost: 1 });
});

it('finds a value that is another', async () => {
  expect(await found(`ALTER TABLE messages UPDATE lat = lat + 0.0001 WHERE ${rowOf(3, 4)}`)).toEqual({ altered: 1 });
});

it('finds two records of a tracker in the wrong order', async () => {
  const [first, second] = [rowOf(5, 1), rowOf(5, 3)];
  const swap = `spool_seq = if(${first}, (SELECT max(spool_seq) FROM messages WHERE ${second}), (SELECT max(spool_seq) FROM messages WHERE ${first}))`;
  const more = await found(`ALTER TABLE messages UPDATE ${swap} WHERE (${first}) OR (${second})`);
  expect(Object.keys(more)).toEqual(['reordered']);
});

it('finds a frame that is gone from quarantine', async () => {
  const frame = fleet.trackers[6]?.memory.acknowledged.find(({ quarantined }) => quarantined);
  const hex = Buffer.from(frame?.frame ?? []).toString('hex');
  const gone = `ALTER TABLE quarantine DELETE WHERE ident = '${fleet.trackers[6]?.script.ident}' AND lower(hex(frame)) = '${hex}'`;
  expect(await found(gone)).toEqual({ lost: 1 });
});

it('finds what nobody said: a record, and a tracker', async () => {
  const other = `SELECT * REPLACE (device_time + toIntervalMillisecond(500) AS device_time, spool_seq + 1000000 AS spool_seq)`;
  expect(await found(`INSERT INTO messages ${other} FROM (SELECT * FROM messages WHERE ${rowOf(7, 2)})`)).toEqual({
    invented: 1,
  });
  const stranger = `SELECT * REPLACE ('stranger' AS ident) FROM (SELECT * FROM messages WHERE ${rowOf(7, 2)})`;
  expect(await found(`INSERT INTO messages ${stranger}`)).toEqual({ invented: 1 });
});

it('finds a frame that is gone from the journal, and a number of the ledger that is another', async () => {
  const { ident = '' } = fleet.trackers[8]?.memory ?? {};
  const one = `SELECT min(spool_seq) FROM frames WHERE ident = '${ident}'`;
  expect(await found(`ALTER TABLE frames DELETE WHERE ident = '${ident}' AND spool_seq = (${one})`)).toEqual({ unbalanced: 1 });
  const received = 'odograph_frames_received_total{listener="stream",protocol="teltonika"}';
  metrics.set(received, (metrics.get(received) ?? 0) + 1);
  expect(await found()).toEqual({ unbalanced: 1 });
});

// The last, since nothing may merge from here on: what is planted twice must be there twice until it is looked at.
it('finds a row that readers see twice', async () => {
  await clickhouse.command('SYSTEM STOP MERGES');
  const twin = `SELECT * REPLACE (record_id + 1 AS record_id, spool_seq + 1000000 AS spool_seq) FROM messages WHERE ${rowOf(1, 14, 2)}`;
  expect(await found(`INSERT INTO messages ${twin}`)).toMatchObject({ duplicated: 1 });
});

it('finds a row that was inserted twice, though readers see it once', async () => {
  expect(await found(`INSERT INTO messages SELECT * FROM messages WHERE ${rowOf(2, 3)}`)).toEqual({ duplicated: 1 });
});

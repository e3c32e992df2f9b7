/** A gateway of two processes, of which each is killed: what was acknowledged is stored once, whichever had it, and nobody is left over. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { RedisServer } from '../../src/store/redis/server-fixture.ts';
import { readMetrics, sumOf } from '../support/metrics.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { SteadyDevice } from '../support/steady-device.ts';
import { isRunning, until } from '../support/waiting.ts';

const DEVICES = 10;
/** Processes start in a second, where they have a core. */
const STARTED_MS = 60_000;
/** Longer than the gateway of this test lives before it is killed: what is acknowledged waits in the spools. */
const LAZY = ['clickhouse.batchAgeMs=60s', 'clickhouse.batchRows=100000'];
const QUICK = ['clickhouse.batchAgeMs=50ms'];
const LISTENER = { name: 'trackers', host: '127.0.0.1', port: 0, protocols: ['teltonika'], takeover: 'newest' };
const NEWEST = [`listeners=${JSON.stringify([LISTENER])}`];

const root = mkdtempSync(join(tmpdir(), 'odograph-processes-'));
const dataDir = join(root, 'data');
let redis: RedisServer;
let gateway: GatewayProcess;
const devices: SteadyDevice[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  for (const device of devices.splice(0)) device.leave();
  await gateway.kill();
});
afterAll(async () => {
  await redis.dispose();
  removeFolder(root);
});

async function start(processes: number, settings: readonly string[]): Promise<void> {
  const store = ['store.kind=redis', `store.url=${redis.url}`, 'store.timeoutMs=500', 'store.retryMaxMs=200'];
  const replay = ['spool.retentionMs=0', 'spool.retentionBytes=0'];
  gateway = await GatewayProcess.start({ dataDir, settings: [`processes=${processes}`, ...store, ...replay, ...settings] });
  await until('all processes are ready', async () => (await gateway.readiness()).status === 200, STARTED_MS);
}

/** Connects devices until each process has some of them; gives those of this round. */
async function connect(round: number): Promise<SteadyDevice[]> {
  const connected = await Promise.all(
    Array.from({ length: DEVICES }, (_, n) =>
      SteadyDevice.connect(gateway.port, `0010100100${round}${String(n).padStart(4, '0')}`),
    ),
  );
  devices.push(...connected);
  return connected;
}

async function isWaiting(process: number): Promise<boolean> {
  return sumOf(await readMetrics(adminPortOf(process)), 'spool_waiting_frames') > 0;
}

async function hasSink(process: number): Promise<boolean> {
  return sumOf(await readMetrics(adminPortOf(process)), 'sink_up') === 1;
}

const folderOf = (process: number): string => (process === 1 ? dataDir : join(dataDir, `process-${process}`));

function adminPortOf(process: number): number {
  return (JSON.parse(readFileSync(join(folderOf(process), 'admin.json'), 'utf8')) as { port: number }).port;
}

/** Process ids by number, those that run now; the log names them. */
function pidOf(process: number): number {
  const lines = gateway.log.filter((line) => line.includes('a process has started')).map((line) => JSON.parse(line) as Started);
  return lines.findLast((line) => line.process === process)?.pid ?? 0;
}

interface Started {
  process: number;
  pid: number;
}

/** All that the supervisor has started, the engine included. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text
    .split(' ')
    .filter((each) => each !== '')
    .map(Number);
}

/** Device times that are stored of each device, once each. */
async function seeStored(of: readonly SteadyDevice[]): Promise<void> {
  const missing = async (): Promise<number> => {
    const rows = await gateway.query<{ ident: string; at: string }>(
      'SELECT ident, toUnixTimestamp64Milli(device_time) AS at FROM messages FINAL',
    );
    const stored = Map.groupBy(rows, ({ ident }) => ident);
    for (const own of stored.values()) expect(new Set(own.map(({ at }) => at)).size).toBe(own.length);
    return of.reduce((sum, { imei, acknowledged }) => {
      const times = new Set((stored.get(imei) ?? []).map(({ at }) => Number(at)));
      return sum + acknowledged.filter((at) => !times.has(at)).length;
    }, 0);
  };
  await until('all that was acknowledged is stored', async () => (await missing()) === 0, STARTED_MS);
}

const MANY = 5;

/** What opens the engine is on no command line, in no environment and not in the log. */
function seeSecretsKept(): void {
  const { headers } = JSON.parse(readFileSync(join(dataDir, 'clickhouse', 'endpoint.json'), 'utf8')) as Endpoint;
  const [secret = ''] = Object.values(headers);
  expect(secret).toMatch(/^\w{16,}$/);
  for (const pid of [gateway.pid, ...childrenOf(gateway.pid)]) {
    for (const file of ['cmdline', 'environ']) expect(readFileSync(`/proc/${pid}/${file}`, 'utf8')).not.toContain(secret);
  }
  expect(gateway.log.join('\n')).not.toContain(secret);
}

interface Endpoint {
  headers: Record<string, string>;
}

/** Connects one device again and again: whichever process each connection comes to, the last one alone stays. */
async function seeNewestWins(): Promise<void> {
  const twins: SteadyDevice[] = [];
  for (let n = 0; n < DEVICES; n++) {
    twins.push(await SteadyDevice.connect(gateway.port, '001010010099999'));
    await until('those before have ended', () => twins.slice(0, -1).every(({ client }) => client.ended));
  }
  expect(twins.at(-1)?.client.ended).toBe(false);
  for (const process of [1, 2]) {
    const opened = sumOf(await readMetrics(adminPortOf(process)), 'connections_opened_total');
    expect(opened, `connections of process ${process}`).toBeGreaterThan(0);
  }
  twins.at(-1)?.leave();
}

it('deals devices out to both, and stores after the kill of a process, of the supervisor, and with one process less', async () => {
  await start(2, [...LAZY, ...NEWEST]);
  await seeNewestWins();
  const first = await connect(1);
  for (const device of first) device.keepSending(20);
  await until('both have frames to store', async () => (await isWaiting(1)) && isWaiting(2));
  await until('every device has acks', () => first.every(({ framesAcknowledged }) => framesAcknowledged > MANY));

  const killed = pidOf(2);
  process.kill(killed, 'SIGKILL');
  await until('its devices are cut off', () => first.some(({ client }) => client.ended));
  expect(first.some(({ client }) => !client.ended)).toBe(true);
  await until('it runs again', async () => pidOf(2) !== killed && (await gateway.readiness()).status === 200, STARTED_MS);
  expect(await isWaiting(2)).toBe(true);
  const second = await connect(2);
  for (const device of second) device.keepSending(20);
  await until('every device has acks', () => second.every(({ framesAcknowledged }) => framesAcknowledged > MANY));

  seeSecretsKept();
  const all = childrenOf(gateway.pid);
  expect(all).toEqual(expect.arrayContaining([pidOf(1), pidOf(2)]));
  expect(all).toHaveLength(3);
  await gateway.kill();
  await until('nobody is left', () => !all.some(isRunning));
  await Promise.all(devices.map((device) => device.rest()));

  await start(1, QUICK);
  await seeStored(devices);
  const told = devices.reduce((sum, { framesAcknowledged }) => sum + framesAcknowledged, 0);
  expect(told).toBeGreaterThan(DEVICES * MANY * 2);
  const folders = [join(dataDir, 'spool', 'process-2'), folderOf(2)];
  await until('the folders of the other are gone', () => !folders.some((folder) => existsSync(folder)), STARTED_MS);
  expect(await gateway.stop()).toBe(0);
}, 240_000);

it('stops both at SIGTERM, when all that they have acknowledged is stored', async () => {
  await start(2, [...LAZY, 'shutdown.drainMs=60s']);
  await until('both have reached ClickHouse', async () => (await hasSink(1)) && hasSink(2), STARTED_MS);
  const own = await connect(3);
  for (const device of own) device.keepSending(20);
  await until('both have frames to store', async () => (await isWaiting(1)) && isWaiting(2));
  const all = childrenOf(gateway.pid);
  gateway.signal('SIGTERM');
  expect(await gateway.ended()).toBe(0);
  expect(all.filter(isRunning)).toEqual([]);
  await Promise.all(own.map((device) => device.rest()));
  await start(2, LAZY);
  expect(await Promise.all([isWaiting(1), isWaiting(2)])).toEqual([false, false]);
  await seeStored(own);
}, 240_000);

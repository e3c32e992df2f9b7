import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { movesOf } from '../../src/lifecycle/transitions.ts';
import { providerTable } from '../../src/providers/table.ts';
import { RedisServer } from '../../src/store/redis/server-fixture.ts';
import { RedisStore } from '../../src/store/redis/store.ts';
import { registerTracker } from '../../src/store/register.ts';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { exchange } from '../support/sockets.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const MINUTE_MS = 60_000;
/** Metres of one step north: six fixes are 500 m and a little. */
const STEP_DEG = 0.000905;
const startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 120 * MINUTE_MS;

let redis: RedisServer;
let registry: RedisStore;
const gateways: { running: RunningGateway; dataDir: string }[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
  registry = new RedisStore(redis.settings('flow'));
});
afterAll(async () => {
  redis.goOn();
  for (const { running, dataDir } of gateways) {
    await running.stop();
    removeFolder(dataDir);
  }
  registry.close();
  await redis.dispose();
});

async function startGateway(): Promise<RunningGateway> {
  const dataDir = newDataDir();
  const store = { kind: 'redis', url: redis.url, namespace: 'flow', timeoutMs: 500, retryMaxMs: 200 };
  const running = await RunningGateway.start({ store, clickhouse: { batchAgeMs: 50 } }, dataDir);
  gateways.push({ running, dataDir });
  return running;
}

/** Sends fixes a minute and a step apart, each in a frame of its own, and sees each acknowledged. */
async function drive(running: RunningGateway, imei: string, from: number, fixes: number): Promise<void> {
  const frames = Array.from({ length: fixes }, (_, index) => {
    const lat = 40.4 + (from + index) * STEP_DEG;
    const fix = { lat, lon: -3.69, valid: true, altitudeM: 650, speedKmh: 6, courseDeg: 0, satellites: 11 };
    return encodeFrame({ codec: '8e', records: [{ deviceTime: startsAt + (from + index) * MINUTE_MS, fix, io: [] }] });
  });
  const chunks = [encodeLogin(imei), ...frames];
  const { received } = await exchange({ port: running.port(), chunks, expect: 1 + 4 * fixes });
  expect(received.toString('hex')).toBe(`01${'00000001'.repeat(fixes)}`);
}

async function register(imei: string): Promise<string> {
  const request = { trackerId: imei, provider: 'astrata', type: 'obd' };
  return (await registerTracker(registry, providerTable(), request, Date.now)).tracker.oid;
}

const rowsOf = async (running: RunningGateway, imei: string): Promise<number> =>
  (await running.rows<{ n: string }>(`SELECT count() AS n FROM odograph.messages FINAL WHERE ident = '${imei}'`)).map(({ n }) =>
    Number(n),
  )[0] ?? 0;

/** Waits for a status, and sees the history explain it: each move one of the table's, no number missing, `connected` once. */
async function hasStatus(oid: string, status: string): Promise<void> {
  await until(`the tracker is ${status}`, async () => {
    const tracker = await registry.trackerByOid(oid).catch(() => null);
    return tracker?.status === status;
  });
  const history = await registry.transitionsOf(oid);
  expect(history.map(({ number }) => number)).toEqual(history.map((_, i) => i + 1));
  for (const [i, { from, to, trigger }] of history.entries()) {
    expect(from).toBe(i === 0 ? null : history[i - 1]?.to);
    expect(movesOf('astrata')).toContainEqual({ trigger, from, to });
  }
  expect(history.filter(({ to }) => to === 'connected')).toHaveLength(status === 'connected' ? 1 : 0);
}

const metresOf = async (oid: string): Promise<number> =>
  (await registry.evidenceOf(oid).catch(() => null))?.distance.walk.metres ?? 0;

const answers = (): Promise<void> =>
  until('Redis answers', () =>
    registry.trackerByOid('x').then(
      () => true,
      () => false,
    ),
  );

describe('a gateway whose registry is in Redis', () => {
  let running: RunningGateway;

  it('starts without it, takes frames in, and knows what they are when it is there', async () => {
    const imei = '356307042441013';
    const oid = await register(imei);
    await redis.kill();
    running = await startGateway();
    await drive(running, imei, 0, 3);
    expect((await running.readiness()).status).toBe(200);
    const away = await running.metrics();
    expect(away.get('odograph_store_up')).toBe(0);
    await redis.start();
    await until('the metres are known', async () => (await metresOf(oid)) > 190);
    await drive(running, imei, 3, 3);
    await hasStatus(oid, 'connected');
    await until('all is stored', async () => (await rowsOf(running, imei)) === 6);
  });

  it.each([
    ['killed', () => redis.kill(), () => redis.start()],
    ['held up', async () => redis.hold(), async () => redis.goOn()],
  ])('acknowledges and stores on while it is %s in the middle of a drive, and catches up', async (how, down, up) => {
    const imei = how === 'killed' ? '356307042441021' : '356307042441039';
    const oid = await register(imei);
    await drive(running, imei, 0, 3);
    await until('the metres are known', async () => (await metresOf(oid)) > 190);
    await down();
    await drive(running, imei, 3, 3);
    // Through the outage to ClickHouse, from the book's memory.
    await until('the rows are there', async () => (await rowsOf(running, imei)) === 6);
    await up();
    await answers();
    await hasStatus(oid, 'connected');
    expect((await registry.livenessOf(imei))?.messages).toBe(6);
  });

  it('says so where Redis comes back with nothing, and applies again what the spool has', async () => {
    const imei = '356307042441021';
    await redis.kill();
    redis.forget();
    await redis.start();
    await answers();
    // The next frame finds that there is more to be done.
    await drive(running, imei, 6, 1);
    await until('all frames are applied again', async () => (await registry.livenessOf(imei))?.messages === 7);
    expect((await running.metrics()).get('odograph_errors_total{code="store_lost"}')).toBeGreaterThan(0);
    // Registrations are gone, and are to be made again.
    expect(await registry.trackersCalled(imei)).toEqual([]);
    const oid = await register(imei);
    await drive(running, imei, 7, 7);
    await hasStatus(oid, 'connected');
  });

  it('promotes a tracker that moves to another gateway in the middle exactly once, at the right metres', async () => {
    const other = await startGateway();
    const imei = '356307042441047';
    const oid = await register(imei);
    await drive(running, imei, 0, 2);
    await drive(other, imei, 2, 2);
    await until('both parts are known', async () => (await metresOf(oid)) > 290);
    expect((await registry.trackerByOid(oid))?.status).toBe('pending_for_data');
    // The last of them is sent to both: the device has not seen the first ack.
    await drive(running, imei, 4, 2);
    await drive(other, imei, 5, 1);
    await hasStatus(oid, 'connected');
    expect(await metresOf(oid)).toBe(500);
    await until('all is counted', async () => (await registry.livenessOf(imei))?.messages === 7);
  });
});

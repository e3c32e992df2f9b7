import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { providerTable } from '../../src/providers/table.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/store.ts';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { exchange } from '../support/sockets.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const IMEI = '356307042441013';
const MINUTE_MS = 60_000;
/** Metres of one step north at 0.0045 degrees: each is worth a third of the 500 m a tracker needs. */
const STEP_DEG = 0.0045;

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-attach-'));
let gateway: GatewayProcess;
let store: SqliteStore;
const startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 60 * MINUTE_MS;

beforeAll(async () => {
  gateway = await GatewayProcess.start({ dataDir, settings: ['clickhouse.batchAgeMs=50'] });
  store = openSqliteStore(join(dataDir, 'odograph.sqlite'));
});
afterAll(async () => {
  await gateway.stop();
  store.close();
  removeFolder(dataDir);
});

/** Sends fixes a minute and a step apart, as the box with the IMEI. */
async function drive(from: number, fixes: number): Promise<void> {
  const records = Array.from({ length: fixes }, (_, index) => ({
    deviceTime: startsAt + (from + index) * MINUTE_MS,
    fix: {
      lat: 40.4 + (from + index) * STEP_DEG,
      lon: -3.69,
      valid: true,
      altitudeM: 650,
      speedKmh: 30,
      courseDeg: 0,
      satellites: 11,
    },
  }));
  const chunks = [encodeLogin(IMEI), encodeFrame({ codec: '8e', records })];
  const { received } = await exchange({ port: gateway.port, chunks, expect: 5 });
  expect(received.toString('hex')).toBe(`01000000${fixes.toString(16).padStart(2, '0')}`);
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return gateway.query<Record<string, unknown>>(sql);
}

describe('an ident nobody registered', () => {
  it('has its frames stored under it, marked, and they belong to the tracker as soon as somebody registers it', async () => {
    await drive(0, 5);
    await until('the rows are there', async () => (await rows('SELECT * FROM messages')).length === 5);
    expect(await rows('SELECT ident, registered, tracker_oid FROM messages LIMIT 1')).toEqual([
      { ident: IMEI, registered: false, tracker_oid: '' },
    ]);
    expect(await rows('SELECT * FROM tracker_messages')).toEqual([]);

    const request = { trackerId: IMEI, provider: 'astrata', type: 'obd' };
    const { tracker } = await registerTracker(store, providerTable(), request, Date.now);
    await until('the earlier rows are attached', async () => {
      const attached = await rows(`SELECT * FROM tracker_messages WHERE oid = '${tracker.oid}'`);
      return attached.length === 5;
    });

    // More than two kilometres lie behind it, from before somebody vouched for it: they prove nothing.
    expect(store.trackerByOid(tracker.oid)?.status).toBe('pending_for_data');
    await drive(5, 4);
    await until('it is connected', () => store.trackerByOid(tracker.oid)?.status === 'connected');
    await until('the new rows carry the tracker', async () => {
      const own = await rows(`SELECT * FROM messages WHERE tracker_oid = '${tracker.oid}'`);
      return own.length === 4;
    });
    expect(await rows('SELECT uniqExact(device_time) AS n FROM tracker_messages')).toEqual([{ n: '9' }]);
  });
});

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_COMPANY } from '#model/tracker';
import { providerTable } from '../../src/providers/table.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { driveNorth, MINUTE_MS } from '../support/drive-north.ts';
import { EventReader } from '../support/event-reader.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const IMEI = '356307042441013';
const READERS = 1_000;
const STALLED = 25;
/** More than the system keeps for a socket by itself. */
const FIXES = 40_000;
const AT_ONCE = 5_000;

const dataDir = newDataDir();
const sockets: Socket[] = [];
let gateway: RunningGateway;
let key: string;
let startsAt: number;
let oid: string;

beforeAll(async () => {
  startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 60 * 1_440 * MINUTE_MS;
  const api = { streamWaitingBytes: 65_536, streamBytesPerSecond: 2 ** 30 };
  gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 50 }, api }, dataDir);
  key = gateway.gateway.firstKey?.secret ?? '';
  const store = openSqliteStore(join(dataDir, 'data', 'odograph.sqlite'));
  const request = { trackerId: IMEI, provider: 'astrata', type: 'obd' };
  oid = (await registerTracker(store, providerTable(), request, Date.now, DEFAULT_COMPANY)).tracker.oid;
  store.close();
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await gateway.stop();
  removeFolder(dataDir);
});

/** A reader that looks at nothing; a stalled one does not even read. */
async function open(isStalled: boolean): Promise<void> {
  const socket = connect(gateway.gateway.apiPort, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET /v1/stream?oids=${isStalled ? oid : 'none'} HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\n\r\n`);
  sockets.push(socket);
  await once(socket, 'data');
  if (isStalled) socket.pause();
  else socket.resume();
}

const follow = (query: string): Promise<EventReader> =>
  EventReader.open(`http://127.0.0.1:${gateway.gateway.apiPort}/v1/stream${query}`, { 'x-api-key': key });
const minutesOf = (reader: EventReader): number[] =>
  reader.named('position').map(({ data }) => (Date.parse(data['observed_at'] as string) - startsAt) / MINUTE_MS);
const metric = async (name: string): Promise<number> => (await gateway.metrics()).get(`odograph_${name}`) ?? 0;

test('1,000 readers, of which 25 do not read, hold up no device; who is cut off comes again and has missed nothing', async () => {
  const first = await follow(`?oids=${oid}`);
  await until('it has its place', () => first.lastId !== '');
  const { lastId } = first;
  await first.leave();
  for (let from = 0; from < READERS; from += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, i) => open(from + i < STALLED)));
  }
  expect(await metric('stream_readers')).toBe(READERS);
  for (let from = 0; from < FIXES; from += AT_ONCE) {
    await driveNorth({ port: gateway.port(), imei: IMEI, startsAt, from, fixes: AT_ONCE });
  }
  await gateway.stored();
  await until('those that stall are cut off', async () => (await metric('stream_cut_total')) === STALLED, 60_000);
  const again = await follow(`?events=position&cursor=${lastId}`);
  await until('all is told', () => again.named('position').length >= FIXES, 60_000);
  expect(minutesOf(again)).toEqual(Array.from({ length: FIXES }, (_, i) => i));
  await again.leave();
});

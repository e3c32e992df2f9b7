/** What a cloud pushes again lands once: many times at once, later, after a restart, and where its names were lost with the power. */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sumOf } from '../support/metrics.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';

const dataDir = newDataDir();
const AT_ONCE = 8;

let gateway: RunningGateway | null = null;
afterAll(() => gateway?.remove());

const eventOf = (id: string, km: number): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: 'here',
    type: 'telemetry',
    subject: 'van-1',
    time: '2026-03-09T07:14:05Z',
    data: { position: { latitude: 48.1, longitude: 11.5 }, signals: { 'odometer.total.value': km } },
  });

async function push(path: string, body: string): Promise<number> {
  const url = `http://127.0.0.1:${gateway?.gateway.apiPort}${path}`;
  return (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/cloudevents+json' }, body })).status;
}

const ended = async (column: string): Promise<number> =>
  gateway === null ? -1 : sumOf(await gateway.metrics(), 'frames_total', { listener: 'push', column });

/** Forgets all names, as if none had been written. */
function loseNames(): number {
  const registry = new DatabaseSync(join(dataDir, 'data', 'odograph.sqlite'));
  const { changes } = registry.prepare('DELETE FROM names').run();
  registry.close();
  return Number(changes);
}

it('is acknowledged each time and stored once', async () => {
  gateway = await RunningGateway.start({ listeners: [] }, dataDir);
  const made = await gateway.ask('POST', '/v1/push-endpoints', { name: 'a', protocol: 'cloudevents', proof: { kind: 'path' } });
  const { path } = made.body as { path: string };
  const statuses = await Promise.all(Array.from({ length: AT_ONCE }, () => push(path, eventOf('1', 10))));
  expect(statuses).toEqual(Array.from({ length: AT_ONCE }, () => 202));
  await gateway.stored();
  const before = await ended('duplicate');
  expect([await push(path, eventOf('1', 10)), await ended('duplicate')]).toEqual([202, before + 1]);

  await gateway.stop();
  gateway = await RunningGateway.start({ listeners: [] }, dataDir);
  const restarted = await ended('duplicate');
  expect([await push(path, eventOf('1', 10)), await ended('duplicate')]).toEqual([202, restarted + 1]);
  // An event that nobody has seen is none of them, though its content differs in one number alone.
  expect(await push(path, eventOf('2', 11))).toBe(202);

  await gateway.stop();
  expect(loseNames()).toBe(2);
  gateway = await RunningGateway.start({ listeners: [] }, dataDir);
  expect([await push(path, eventOf('1', 10)), await push(path, eventOf('2', 11))]).toEqual([202, 202]);
  await gateway.stored();
  const rows = await gateway.rows(
    `SELECT count() AS rows, uniqExact(record_id) AS records FROM odograph.messages FINAL WHERE ident = 'van-1'`,
  );
  expect(rows).toEqual([{ rows: '2', records: '2' }]);
});

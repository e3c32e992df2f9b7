import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { providerTable } from '../../src/providers/table.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { until } from '../support/waiting.ts';
import { answering, hanging, WebhookReceiver } from '../support/webhook-receiver.ts';
import { removeFolder } from '../support/remove-folder.ts';

const SETTINGS = [
  'webhooks.allowHttp=true',
  'webhooks.allowPrivateAddresses=["127.0.0.1"]',
  'clickhouse.mode=server',
  'clickhouse.url=http://127.0.0.1:1',
];

test('a gateway that is killed between a delivery and its log sends it again, under the same id, and then goes on in order', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'odograph-webhook-kill-'));
  const receiver = await WebhookReceiver.open();
  const words = ['--data-dir', dataDir, ...SETTINGS.flatMap((setting) => ['--set', setting])];
  const { out } = await odograph('webhooks', 'create', receiver.url(), ...words, '--json');
  const { endpoint, secret } = JSON.parse(out) as { endpoint: { id: string }; secret: string };
  const store = openSqliteStore(join(dataDir, 'odograph.sqlite'));
  const request = {
    trackerId: '352093081452251',
    provider: 'astrata',
    type: 'obd',
    vehicleType: null,
    foreignTrackerId: null,
    objectId: {},
  };
  const { tracker } = await registerTracker(store, providerTable(), request, Date.now);

  // The receiver has the first event, and the gateway dies before it hears so.
  receiver.next.push(hanging);
  let gateway = await GatewayProcess.start({ dataDir, settings: SETTINGS });
  await receiver.heard(1);
  await gateway.kill();
  // Once more: this time the answer is on its way. It may be so before the gateway says that it has started.
  const answered = Promise.withResolvers<void>();
  receiver.next.push((response, received, request_) => {
    answering(204)(response, received, request_);
    answered.resolve();
  });
  gateway = await GatewayProcess.start({ dataDir, settings: SETTINGS });
  const second = gateway;
  void answered.promise.then(() => second.signal('SIGKILL'));
  await gateway.ended();
  expect(receiver.received.length).toBeGreaterThanOrEqual(2);

  gateway = await GatewayProcess.start({ dataDir, settings: SETTINGS });
  const ids = () => receiver.received.map(({ id }) => id);
  const id = (number: number): string => `${tracker.oid}-${number}_${endpoint.id}`;
  await until('all were told', () => ids().includes(id(3)), 30_000);
  const log = () => odograph('webhooks', 'deliveries', endpoint.id, '-s', 'delivered', ...words, '--json');
  await until('all are in the log', async () => {
    const { deliveries } = JSON.parse((await log()).out) as { deliveries: unknown[] };
    return deliveries.length === 3;
  });
  expect([...new Set(ids())]).toEqual([id(1), id(2), id(3)]);
  expect(ids().filter((each) => each === id(1)).length).toBeGreaterThanOrEqual(2);
  for (const each of receiver.received) {
    const headers = { 'webhook-id': each.id, 'webhook-timestamp': each.timestamp, 'webhook-signature': each.signature };
    expect(new Webhook(secret).verify(each.body, headers)).toMatchObject({ data: { tracker: { oid: tracker.oid } } });
  }
  const bodies = Map.groupBy(receiver.received, (each) => each.id);
  for (const same of bodies.values()) expect(new Set(same.map(({ body }) => body)).size).toBe(1);
  await gateway.kill();
  store.close();
  await receiver.close();
  removeFolder(dataDir);
});

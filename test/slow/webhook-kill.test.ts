import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { providerTable } from '../../src/providers/table.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { cancelTracker } from '../../src/store/change.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { transitionsTold } from '../support/told.ts';
import { until } from '../support/waiting.ts';
import { answering, closing, WebhookReceiver } from '../support/webhook-receiver.ts';
import { removeFolder } from '../support/remove-folder.ts';

const KILLS = 8;
const TRACKERS_A_LIFE = 12;
const SETTINGS = [
  'webhooks.allowHttp=true',
  'webhooks.allowPrivateAddresses=["127.0.0.1"]',
  'webhooks.retryMinMs=50',
  'webhooks.retryMaxMs=500',
  'clickhouse.mode=server',
  'clickhouse.url=http://127.0.0.1:1',
];

test(`every transition is told, in order for each tracker, to each of two receivers, through ${KILLS} kills at random moments`, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'odograph-webhook-kill-'));
  const receivers = [await WebhookReceiver.open(), await WebhookReceiver.open()];
  const words = ['--data-dir', dataDir, ...SETTINGS.flatMap((setting) => ['--set', setting])];
  for (const receiver of receivers) {
    await odograph('webhooks', 'create', receiver.url(), ...words);
    // One try in five fails, in one way or the other.
    receiver.behaviour = (...args) => {
      const chance = Math.random();
      (chance < 0.1 ? closing : answering(chance < 0.2 ? 503 : 204))(...args);
    };
  }
  const store = openSqliteStore(join(dataDir, 'odograph.sqlite'));
  const oids: string[] = [];
  for (let life = 0; life < KILLS; life++) {
    const gateway = await GatewayProcess.start({ dataDir, settings: SETTINGS });
    const working = work(life);
    await pause(Math.random() * 1_500);
    await gateway.kill();
    await working;
  }
  const gateway = await GatewayProcess.start({ dataDir, settings: SETTINGS });
  for (const receiver of receivers) {
    const all = () => [...transitionsTold(receiver.received).values()].reduce((sum, numbers) => sum + numbers.length, 0);
    await until('all is told', () => all() >= oids.length * 4, 120_000);
    const told = transitionsTold(receiver.received);
    expect(new Set(told.keys())).toEqual(new Set(oids));
    for (const [oid, numbers] of told) expect([oid, ...numbers]).toEqual([oid, 1, 2, 3, 4]);
    const bodies = Map.groupBy(receiver.received, ({ id }) => id);
    for (const same of bodies.values()) expect(new Set(same.map(({ body }) => body)).size).toBe(1);
  }
  await until('the registry has no notice left', () => store.notices(1).length === 0, 30_000);
  await gateway.kill();
  store.close();
  for (const receiver of receivers) await receiver.close();
  removeFolder(dataDir);

  /** Registers trackers and gives them up again, while the gateway lives and dies. */
  async function work(life: number): Promise<void> {
    for (let n = 0; n < TRACKERS_A_LIFE; n++) {
      const request = {
        trackerId: `VEHICLE-${life}-${n}`,
        provider: 'html5',
        type: 'oem',
        vehicleType: null,
        foreignTrackerId: null,
        objectId: {},
      };
      const { tracker } = await registerTracker(store, providerTable(), request, Date.now);
      oids.push(tracker.oid);
      await pause(Math.random() * 50);
      await cancelTracker(store, tracker.oid, 'because', Date.now);
    }
  }
});

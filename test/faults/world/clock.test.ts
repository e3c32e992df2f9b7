/** A gateway whose wall clock jumps, by a library between it and the operating system; its engine's clock stays right. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transition } from '#model/tracker';
import { providerTable } from '../../../src/providers/table.ts';
import { registerTracker } from '../../../src/store/register.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { haveFaketime, MovedClock } from '../../support/moved-clock.ts';
import { PlainClient } from '../../support/plain-client.ts';
import { until } from '../../support/waiting.ts';
import { encodeLogin } from '../../../protocols/teltonika/encode.ts';
import { FaultBench } from '../bench.ts';
import { identsOf } from '../client/fleet.ts';
import { MQTT_PASSWORD } from '../client/over-mqtt.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MQTT_TRACKERS = 2;
/** Says nothing after its login. */
const QUIET = '001010019999981';

/** Waits for more than one look at deadlines. */
const looked = (): Promise<void> => pause(2_500);

describe.skipIf(!haveFaketime)('a clock that jumps', () => {
  let clock: MovedClock;
  let bench: FaultBench;
  let quiet: PlainClient;
  let quietClient: MqttClient;
  let isCutOff = false;
  let oid = '';

  beforeAll(async () => {
    clock = new MovedClock();
    bench = await FaultBench.start({
      through: clock.through,
      settings: ['limits.idleTimeoutMs=1h', 'limits.loginDeadlineMs=10m', 'spool.retentionMs=1h', 'spool.retentionBytes=0'],
      trackers: { teltonika: 2, astra: 1, udp: 2, mqtt: MQTT_TRACKERS, http: 1 },
      pauseMs: 30,
      sparesMqtt: 1,
    });
    const store = openSqliteStore(join(bench.dataDir, 'odograph.sqlite'));
    const request = { trackerId: identsOf('teltonika', 1)[0] ?? '', provider: 'astrata', type: 'obd' };
    oid = (await registerTracker(store, providerTable(), request, Date.now)).tracker.oid;
    store.close();
    quiet = await PlainClient.connect(bench.doors.ports.tcp);
    quiet.say(encodeLogin(QUIET));
    await quiet.hear(1);
    const username = identsOf('mqtt', MQTT_TRACKERS + 1).at(-1) ?? '';
    const access = { username, password: MQTT_PASSWORD, clientId: username, reconnectPeriod: 0, keepalive: 0 };
    quietClient = connect(`mqtt://127.0.0.1:${bench.doors.ports.mqtt}`, access);
    quietClient.on('close', () => (isCutOff = true));
    await until('the quiet client is connected', () => quietClient.connected);
    await bench.expectEachTold(3);
  });
  afterAll(async () => {
    quiet.leave();
    quietClient.end(true);
    await bench.dispose();
    clock.remove();
  });

  it.each([
    ['a day ahead', DAY_MS],
    ['a day back from there', 0],
    ['an hour behind', -HOUR_MS],
    ['two days ahead of that', 2 * DAY_MS - HOUR_MS],
    ['to what it should be', 0],
  ])('%s: everybody is acknowledged on, and nobody is blamed for it', async (_where, offsetMs) => {
    const connections = bench.fleet.trackers.map(({ carrier }) => carrier.connections);
    clock.moveTo(offsetMs);
    await looked();
    await bench.expectEachTold(3);
    expect(bench.fleet.trackers.map(({ carrier }) => carrier.connections)).toEqual(connections);
    expect({ tcp: quiet.ended, mqtt: isCutOff }).toEqual({ tcp: false, mqtt: false });
    expect(await bench.gateway.readiness()).toEqual({ status: 200, reasons: [] });
  });

  it('while the gateway is down: the next life goes on where the last one was', async () => {
    await bench.gateway.kill();
    clock.moveTo(-2 * DAY_MS);
    await bench.begin();
    await bench.expectEachTold(3);
    clock.moveTo(0);
    await bench.expectEachTold(3);
  });

  it('at the end of it all nothing is lost, nothing is there twice, and the history of a tracker follows from itself', async () => {
    await bench.expectAllKept();
    const store = openSqliteStore(join(bench.dataDir, 'odograph.sqlite'));
    const history: readonly Transition[] = store.transitionsOf(oid);
    store.close();
    expect(history.map(({ number }) => number)).toEqual(history.map((_, i) => i + 1));
    for (const [i, { from }] of history.entries()) expect(from).toBe(history[i - 1]?.to ?? null);
    expect(history.filter(({ to }) => to === 'connected')).toHaveLength(1);
    expect(history.at(-1)?.to).toBe('connected');
  });
});

/** An MQTT broker elsewhere that is slow, falls silent, and comes back empty, between devices and a gateway that subscribes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveMosquitto, Mosquitto } from '../../support/mosquitto.ts';
import { RoughLink } from '../../support/rough-link.ts';
import { sumOf } from '../../support/metrics.ts';
import { until } from '../../support/waiting.ts';
import { atRest } from '../at-rest.ts';
import { FaultBench } from '../bench.ts';
import { identsOf } from '../client/fleet.ts';
import { OverMqtt } from '../client/over-mqtt.ts';
import { laneScript } from '../client/script.ts';
import { ReferenceTracker } from '../client/tracker.ts';
import { judge } from '../judge/judge.ts';

const TRACKERS = 3;
const CONNECTIONS = 2;

describe.skipIf(!haveMosquitto)('a broker elsewhere', () => {
  let broker: Mosquitto;
  let link: RoughLink;
  let bench: FaultBench;
  const trackers: ReferenceTracker[] = [];

  beforeAll(async () => {
    broker = await Mosquitto.start('max_queued_messages 0', 'max_inflight_messages 0');
    link = await RoughLink.to(broker.port);
    const subscription = {
      name: 'elsewhere',
      url: `mqtt://127.0.0.1:${link.port}`,
      topics: ['fleet/{ident}'],
      protocols: ['teltonika'],
      connections: CONNECTIONS,
    };
    bench = await FaultBench.start({ settings: [`subscriptions=${JSON.stringify([subscription])}`], trackers: {} });
    await subscribed();
  });
  afterAll(async () => {
    for (const tracker of trackers) await tracker.finish(1).catch(() => undefined);
    await bench.dispose();
    await link.close();
    await broker.remove();
  });

  const subscribed = (): Promise<void> =>
    until(
      'the gateway is subscribed',
      async () => sumOf(await bench.gateway.metrics(), 'connections', { listener: 'elsewhere' }) === CONNECTIONS,
      60_000,
    );
  const told = (): number => trackers.reduce((sum, { recordsAcknowledged }) => sum + recordsAcknowledged, 0);
  /** Records stored, each counted once: the broker may send twice what it cannot know to have arrived. */
  async function stored(): Promise<number> {
    const [row] = await bench.gateway.query<{ n: string }>('SELECT uniqExact(ident, device_time) AS n FROM messages');
    return Number(row?.n);
  }

  /** Trackers of their own that publish to the broker, each until it has had so many frames taken. */
  async function publish(frames: number): Promise<void> {
    const lane = trackers.length;
    const more = identsOf('mqtt', lane + TRACKERS)
      .slice(lane)
      .map((ident, index) => {
        const script = laneScript(ident, lane + index, Date.UTC(2026, 9, 1));
        const carrier = new OverMqtt(ident, broker.url, `fleet/${ident}`);
        return new ReferenceTracker({ script, carrier, recordsPerFrame: 3, pauseMs: 5 });
      });
    trackers.push(...more);
    for (const tracker of more) tracker.start();
    await until('they have published', () => more.every(({ framesAcknowledged }) => framesAcknowledged >= frames), 60_000);
    await Promise.all(more.map((tracker) => tracker.finish(60_000)));
  }

  /** What the broker has taken has come to the gateway, all of it. */
  const expectArrived = (): Promise<void> => until('all has come', async () => (await stored()) >= told(), 60_000);

  it('that is slow: all comes, later', async () => {
    link.mood = 'late';
    await publish(15);
    await expectArrived();
    link.mood = 'smooth';
  });

  it('that falls silent: what it took meanwhile comes when it is reached again', async () => {
    link.mood = 'dead';
    await publish(15);
    link.mood = 'smooth';
    link.abandon();
    await expectArrived();
  });

  it('that comes back empty: the gateway subscribes anew, and what is published from then on comes', async () => {
    await broker.kill();
    await until(
      'the gateway has noticed',
      async () => sumOf(await bench.gateway.metrics(), 'connections', { listener: 'elsewhere' }) === 0,
      60_000,
    );
    await broker.run();
    await subscribed();
    await publish(15);
    await expectArrived();
    expect(bench.gateway.logged('listener_unreachable').length).toBeGreaterThan(0);
  });

  it('has cost nothing, and nothing is stored twice', async () => {
    const { gateway } = bench;
    await atRest(gateway);
    const memories = trackers.map(({ memory }) => memory);
    const verdict = await judge({ memories, ask: (sql) => gateway.query(sql), metrics: await gateway.metrics() });
    // Their order is not promised where several connections share a subscription, and the broker sends again over another.
    expect(verdict.examples.filter(({ kind }) => kind !== 'reordered')).toEqual([]);
    expect(verdict.acknowledged).toBeGreaterThan(100);
  });
});

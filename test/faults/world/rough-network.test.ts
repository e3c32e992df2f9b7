/** Connections as mobile networks make them: in single bytes, late, reset in the middle, and gone without a word. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RoughLink, type LinkMood } from '../../support/rough-link.ts';
import { sumOf } from '../../support/metrics.ts';
import { until } from '../../support/waiting.ts';
import { FaultBench } from '../bench.ts';
import { LISTENERS } from '../client/listeners.ts';

const IDLE_MS = 2_000;

describe('a network that is rough', () => {
  let bench: FaultBench;
  let devices: RoughLink;
  let clients: RoughLink;

  beforeAll(async () => {
    bench = await FaultBench.start({
      settings: [`limits.idleTimeoutMs=${IDLE_MS}`],
      trackers: { teltonika: 3, astra: 2, mqtt: 2 },
      between: async (ports) => {
        devices = await RoughLink.to(ports.tcp);
        clients = await RoughLink.to(ports.mqtt);
        return { ...ports, tcp: devices.port, mqtt: clients.port };
      },
    });
    await bench.expectEachTold(3);
  });
  afterAll(async () => {
    await bench.dispose();
    await devices.close();
    await clients.close();
  });

  const turn = (mood: LinkMood): void => {
    devices.mood = mood;
    clients.mood = mood;
  };

  it.each(['byte by byte', 'late', 'resetting'] as const)('%s: everybody gets on', async (mood) => {
    const resets = devices.resets + clients.resets;
    turn(mood);
    await bench.expectEachTold(4);
    expect(devices.resets + clients.resets > resets).toBe(mood === 'resetting');
    turn('smooth');
  });

  it('that takes devices away without a word: they come again over others, and what they left is closed in its time', async () => {
    const listener = LISTENERS.tcp;
    const closed = async (): Promise<number> =>
      sumOf(await bench.gateway.metrics(), 'connections_closed_total', { listener, code: 'session_idle' });
    const left = sumOf(await bench.gateway.metrics(), 'connections', { listener });
    expect(left).toBeGreaterThan(0);
    const before = await closed();
    devices.abandon();
    await bench.expectEachTold(3);
    await until('what they left is closed for its silence', async () => (await closed()) >= before + left, 10 * IDLE_MS);
    await bench.expectEachTold(3);
  });

  it('at the end of it all has lost nothing that was acknowledged, and has nothing twice', async () => {
    await bench.expectAllKept();
  });
});

/** How long acks and rows take while the gateway is asked for half of what it can. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, BenchContext, Figure } from '../frame/bench.ts';
import { LoadGenerator, type Spell } from '../load/load-generator.ts';
import { isPinned } from '../load/pinning.ts';
import { StreamConnection } from '../load/stream-connection.ts';
import { teltonikaTalk } from '../load/talks/teltonika.ts';
import { identOf } from '../load/vehicle-track.ts';
import { GatewayUnderLoad } from './gateway-under-load.ts';

const CONNECTIONS = 1_000;
const WARM_UP = { warmUpMs: 0, measureMs: 3_000, framesPerSecond: null };
const CAPACITY = { warmUpMs: 0, measureMs: 6_000, framesPerSecond: null };
const HALF_MS = 10_000;
const TARGETS_MS = { p50: 2, p99: 15, 'p99.9': 50 } as const;
const TARGET_ROW_S = 1.5;
/** Between two looks for a row, ms. */
const LOOK_MS = 10;
const LONGEST_MS = 30_000;

export const BENCHES: readonly Bench[] = [
  {
    name: 'e2e/latency',
    about:
      'Frames of one record over TCP at a steady rate, half of what is acknowledged and stored: from when each was due to its ack, and to its row',
    seconds: 30,
    run: measureLatency,
  },
];

async function measureLatency(context: BenchContext): Promise<Figure[]> {
  const dataDir = join(context.directory, 'data');
  const gateway = await GatewayUnderLoad.start({ dataDir, transport: 'tcp', devices: CONNECTIONS + 1 });
  context.onEnd(() => gateway.kill());
  const load = await LoadGenerator.open({ ...gateway.target, connections: CONNECTIONS });
  context.onEnd(() => load.close());
  const framesPerSecond = Math.round((await capacityOf(gateway, load)) / 2);
  const probe = await Probe.open(gateway, load.startsAt);
  context.onEnd(() => probe.close());
  const before = gateway.spent();
  const [half, rowSeconds] = await Promise.all([
    load.run({ warmUpMs: 1_000, measureMs: HALF_MS, framesPerSecond }),
    probe.times(HALF_MS),
  ]);
  const after = gateway.spent();
  await gateway.checkStored(load, new Map([[CONNECTIONS, probe.frames]]));
  await gateway.stop();
  return [
    ...latencies(half),
    { name: 'frame in to its row, longest', value: Math.max(...rowSeconds), unit: 's', better: 'less', target: TARGET_ROW_S },
    { name: 'frame in to its row, shortest', value: Math.min(...rowSeconds), unit: 's', better: 'less' },
    { name: 'rows looked for', value: rowSeconds.length, unit: 'rows', better: 'neither' },
    { name: 'frames asked for', value: framesPerSecond, unit: 'frames/s', better: 'neither' },
    { name: 'acknowledged', value: half.framesPerSecond, unit: 'frames/s', better: 'more', ceiling: 'frames asked for' },
    { name: 'gateway CPU', value: (after.gateway - before.gateway) / half.frames, unit: 'us/record', better: 'less' },
    { name: 'pinned apart', value: isPinned ? 1 : 0, unit: '1 = yes', better: 'neither' },
  ];
}

/**
 * Frames a second that the gateway takes for long. It acknowledges first, so that the rate of its acks is one of some seconds; what it can is
 * what is stored by the time that nothing is left of them.
 */
async function capacityOf(gateway: GatewayUnderLoad, load: LoadGenerator): Promise<number> {
  await load.run(WARM_UP);
  await gateway.stored();
  const [before, begun] = [load.acknowledgedFrames, performance.now()];
  await load.run(CAPACITY);
  await gateway.stored();
  return ((load.acknowledgedFrames - before) * 1_000) / (performance.now() - begun);
}

function latencies({ latencies: found }: Spell): Figure[] {
  return (['p50', 'p99', 'p99.9'] as const).map((name) => ({
    name: `to the ack, ${name}`,
    value: found.getValueAtPercentile(Number(name.slice(1))) / 1_000,
    unit: 'ms',
    better: 'less',
    target: TARGETS_MS[name],
  }));
}

/** One more device, whose rows are looked for in ClickHouse as soon as their frames are sent. */
class Probe {
  readonly #gateway: GatewayUnderLoad;
  readonly #connection: StreamConnection;

  private constructor(gateway: GatewayUnderLoad, connection: StreamConnection) {
    this.#gateway = gateway;
    this.#connection = connection;
  }

  static async open(gateway: GatewayUnderLoad, startsAt: number): Promise<Probe> {
    const connection = await StreamConnection.open({
      host: '127.0.0.1',
      port: gateway.target.port,
      localAddress: '127.0.0.1',
      window: 1,
      talk: teltonikaTalk({ device: CONNECTIONS, recordsPerFrame: 1, startsAt, window: 1 }),
      acknowledged: () => undefined,
      // Its row is then never there, and its ack is missing in the end.
      lost: () => undefined,
    });
    return new Probe(gateway, connection);
  }

  get frames(): number {
    return this.#connection.done;
  }

  /** Sends a frame, waits until its row can be queried, and again for so long; gives how long each took, s. */
  async times(forMs: number): Promise<number[]> {
    const times: number[] = [];
    for (const until = performance.now() + forMs; performance.now() < until;) {
      // Not in step with the batches: each begins at another time of theirs.
      await pause(100 + Math.random() * 400);
      const sentAt = performance.now();
      this.#connection.send(sentAt);
      while (!(await this.#isStored(this.#connection.sent))) {
        if (performance.now() - sentAt > LONGEST_MS) throw new Error('a row that was looked for is not there');
        await pause(LOOK_MS);
      }
      times.push((performance.now() - sentAt) / 1_000);
    }
    return times;
  }

  close(): void {
    this.#connection.close();
  }

  async #isStored(rows: number): Promise<boolean> {
    const ident = identOf(CONNECTIONS);
    const [found] = await this.#gateway.gateway.query<{ n: string }>(
      `SELECT count() AS n FROM messages WHERE ident = '${ident}'`,
    );
    return Number(found?.n) >= rows;
  }
}

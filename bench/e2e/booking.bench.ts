/** What the lifecycle and its store take of a gateway's computing time, with SQLite and with Redis. */
import { join } from 'node:path';
import { RedisServer } from '../../src/store/redis/server-fixture.ts';
import { RedisStore } from '../../src/store/redis/store.ts';
import { callsOf, foldersOf } from '../flame/cpu-profile.ts';
import { PROFILER_ARGUMENTS, profileInto, profileOf } from '../flame/profiled-gateway.ts';
import type { Bench, BenchContext, Figure } from '../frame/bench.ts';
import { cpuTimeOf } from '../load/cpu-time.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { GatewayUnderLoad } from './gateway-under-load.ts';
import { registerFleetIn } from './registered-fleet.ts';

const CONNECTIONS = 1_000;
/** Records of each tracker before measuring: by then all are connected, and the code is compiled. */
const WARM_UP_RECORDS = 60;
const WARM_UP = { warmUpMs: 0, measureMs: 1_000, framesPerSecond: null };
const MEASURE_MS = 6_000;
const SPELL = { warmUpMs: 500, measureMs: MEASURE_MS + 1_500, framesPerSecond: null };
const TARGET_PERCENT = 5;
const ROOT = join(import.meta.dirname, '../..');
const BOOKING = new Set(['src/lifecycle', 'src/store']);

export const BENCHES: readonly Bench[] = [
  {
    name: 'e2e/booking',
    about: 'What lifecycle, distance and their store take of the CPU, by profile, and how long the event loop was blocked',
    seconds: 110,
    run: async (context) => {
      const server = await RedisServer.start();
      context.onEnd(() => server.dispose());
      const figures: Figure[] = [];
      for (const records of [10, 1]) {
        const namespace = `booking-${records}`;
        const redis = new RedisStore(server.settings(namespace));
        await registerFleetIn(redis, CONNECTIONS);
        redis.close();
        const redisStore = ['store.kind=redis', `store.url=${server.url}`, `store.namespace=${namespace}`];
        figures.push(...(await share(context, 'SQLite', records, [])));
        figures.push(...(await share(context, 'Redis', records, redisStore)));
      }
      return figures;
    },
  },
];

async function share(context: BenchContext, store: string, recordsPerFrame: number, settings: string[]): Promise<Figure[]> {
  const words = `${store}, ${recordsPerFrame === 1 ? 'one record' : `${recordsPerFrame} records`} a frame`;
  context.tell(words);
  const directory = join(context.directory, `${store}-${recordsPerFrame}`);
  const file = `${directory}.cpuprofile`;
  profileInto(file);
  const options = { dataDir: directory, transport: 'tcp', devices: CONNECTIONS } as const;
  const gateway = await GatewayUnderLoad.start({ ...options, settings, nodeArguments: PROFILER_ARGUMENTS });
  try {
    const load = await LoadGenerator.open({ ...gateway.target, connections: CONNECTIONS, recordsPerFrame });
    for (let records = 0; records < CONNECTIONS * WARM_UP_RECORDS;) {
      records += (await load.run(WARM_UP)).frames * recordsPerFrame;
    }
    await gateway.stored();
    const connected = await gateway.metric('trackers{provider="targa",status="connected"}');
    if (connected !== CONNECTIONS) throw new Error(`${connected} of ${CONNECTIONS} trackers are connected`);
    const spell = load.run(SPELL);
    const before = cpuTimeOf(gateway.gateway.pid);
    const profile = await profileOf(gateway.gateway, file, MEASURE_MS);
    const after = cpuTimeOf(gateway.gateway.pid);
    await spell;
    await gateway.checkStored(load);
    load.close();
    const all = callsOf(profile, ROOT);
    const booking = foldersOf(all).filter(({ folder }) => BOOKING.has(folder));
    const ofMain = booking.reduce((sum, { self, runtime }) => sum + self + runtime, 0) / all.total;
    // All of it is done on the main thread, with which others collect garbage, compile and sync.
    const main = (after.threads.get('main') ?? 0) - (before.threads.get('main') ?? 0);
    const everything = after.all.user + after.all.system - before.all.user - before.all.system;
    const target = TARGET_PERCENT;
    return [
      {
        name: `${words}: lifecycle and store`,
        value: (100 * ofMain * main) / everything,
        unit: '% of CPU',
        better: 'less',
        target,
      },
      { name: `${words}: the same of the main thread`, value: 100 * ofMain, unit: '%', better: 'less' },
      { name: `${words}: event loop blocked, longest`, value: profile.blocksMs.longest, unit: 'ms', better: 'less' },
      { name: `${words}: event loop blocked, p99`, value: profile.blocksMs.p99, unit: 'ms', better: 'less' },
    ];
  } finally {
    await gateway.kill();
  }
}

/** What connections cost: the same load over ten of them and over as many as one process may hold. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { mostConnections } from '../../test/support/idle-tcp.ts';
import type { Bench, BenchContext, Figure } from '../frame/bench.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { isPinned } from '../load/pinning.ts';
import { GatewayUnderLoad } from './gateway-under-load.ts';

const CONNECTIONS = [10, 100, 1_000, 10_000, 50_000] as const;
const SPELL = { warmUpMs: 2_000, measureMs: 4_000, framesPerSecond: null };
/** Time for the gateway's memory to settle once all are connected, ms. */
const SETTLE_MS = 3_000;
const TARGET_BYTES = 8 * 1_024;
/** With fewer the memory of a connection does not show beside what the gateway takes by itself. */
const FEWEST_TO_WEIGH = 10_000;

export const BENCHES: readonly Bench[] = [
  {
    name: 'e2e/curve',
    about:
      'Frames of one record over 10 to 50,000 TCP connections, or as many as this machine lets one process have: what each costs',
    seconds: 150,
    set: 'named',
    run: async (context) => {
      const figures: Figure[] = [];
      const counts = new Set(CONNECTIONS.map((wanted) => Math.min(wanted, mostConnections())));
      for (const connections of counts) {
        context.tell(`${connections} connections`);
        figures.push(...(await over(connections, context)));
      }
      figures.push({ name: 'pinned apart', value: isPinned ? 1 : 0, unit: '1 = yes', better: 'neither' });
      return figures;
    },
  },
];

async function over(connections: number, context: BenchContext): Promise<Figure[]> {
  const dataDir = join(context.directory, `data-${connections}`);
  const gateway = await GatewayUnderLoad.start({ dataDir, transport: 'tcp', devices: connections });
  context.onEnd(() => gateway.kill());
  await pause(SETTLE_MS);
  const before = gateway.residentBytes;
  const load = await LoadGenerator.open({ ...gateway.target, connections });
  context.onEnd(() => load.close());
  await pause(SETTLE_MS);
  const idle = (gateway.residentBytes - before) / connections;
  let [from, to] = [gateway.spent(), gateway.spent()];
  const spell = await load.run(
    SPELL,
    () => (from = gateway.spent()),
    () => (to = gateway.spent()),
  );
  const active = (gateway.residentBytes - before) / connections;
  await gateway.checkStored(load);
  load.close();
  await gateway.stop();
  const named = connections.toLocaleString('en');
  const memory: Figure[] = [
    { name: `${named}: memory of an idle one`, value: idle, unit: 'bytes', better: 'less', target: TARGET_BYTES },
    { name: `${named}: memory of an active one, all of the gateway's growth`, value: active, unit: 'bytes', better: 'less' },
  ];
  return [
    { name: `${named}: acknowledged`, value: spell.framesPerSecond, unit: 'records/s', better: 'more' },
    { name: `${named}: gateway CPU`, value: (to.gateway - from.gateway) / spell.frames, unit: 'us/record', better: 'less' },
    { name: `${named}: to the ack, p99`, value: spell.latencies.getValueAtPercentile(99) / 1_000, unit: 'ms', better: 'less' },
    ...(connections < FEWEST_TO_WEIGH ? [] : memory),
  ];
}

/** What a second gateway process gains, on whatever processors there are: generator, engine and Redis share them with both sides. */
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { RedisServer } from '../../src/store/redis/server-fixture.ts';
import type { Bench, BenchContext, Figure } from '../frame/bench.ts';
import { LoadGenerator, type Spell } from '../load/load-generator.ts';
import type { LoadRun } from '../load/tasks.ts';
import { GatewayOnCores, type SpentOnCores } from './gateway-on-cores.ts';

const CONNECTIONS = 1_000;
/** Spells of each, in turns. */
const TURNS = 2;
const WARM: LoadRun = { warmUpMs: 0, measureMs: 4_000, framesPerSecond: null };
const SPELL: LoadRun = { warmUpMs: 500, measureMs: 4_000, framesPerSecond: null };
const MB = 1e6;

export const BENCHES: readonly Bench[] = [
  { name: 'cores/two-lone', records: 1, about: 'frames of one record' },
  { name: 'cores/two-tens', records: 10, about: 'frames of ten records' },
].map(({ name, records, about }) => ({
  name,
  about: `One and two gateway processes in turns, ${CONNECTIONS.toLocaleString('en')} TCP connections, ${about}, on one Redis`,
  seconds: 60,
  set: 'named',
  run: (context) => compare(records, context),
}));

interface Side {
  gateway: GatewayOnCores;
  load: LoadGenerator;
  spells: Spell[];
  /** Records stored a second of each spell, to the last one of it. */
  stored: number[];
  spent: { gateway: number; supervisor: number; engine: number };
}

async function compare(recordsPerFrame: number, context: BenchContext): Promise<Figure[]> {
  const redis = await RedisServer.start();
  context.onEnd(() => redis.dispose());
  const sides = [await start(1, recordsPerFrame, redis, context), await start(2, recordsPerFrame, redis, context)] as const;
  for (const side of sides) {
    await side.load.run(WARM);
    await settled(side);
  }
  for (let turn = 0; turn < 2 * TURNS; turn++) await spell(sides[(turn + context.round) % 2] as Side);
  context.tell('comparing what was acknowledged with what is stored');
  const connections = await sides[1].gateway.connectionsOfFirst();
  const [one, two] = sides.map(({ gateway }) => gateway.residentBytes / MB);
  for (const { gateway, load } of sides) {
    await gateway.checkStored(load);
    load.close();
    await gateway.stop();
  }
  return [
    ...figuresOf(sides[1], '2 processes', recordsPerFrame, '1 process'),
    ...figuresOf(sides[0], '1 process', recordsPerFrame, null),
    { name: '2 processes: connections of the first', value: connections / CONNECTIONS, unit: 'share', better: 'neither' },
    { name: '2 processes: RSS, with the supervisor', value: two ?? 0, unit: 'MB', better: 'less' },
    { name: '1 process: RSS', value: one ?? 0, unit: 'MB', better: 'neither' },
    { name: 'processors', value: availableParallelism(), unit: 'of all', better: 'neither' },
  ];
}

async function start(processes: number, recordsPerFrame: number, redis: RedisServer, context: BenchContext): Promise<Side> {
  const dataDir = join(context.directory, `of-${processes}`);
  const gateway = await GatewayOnCores.start({ dataDir, redis, processes, devices: CONNECTIONS });
  context.onEnd(() => gateway.kill());
  const load = await LoadGenerator.open({ transport: 'tcp', port: gateway.port, connections: CONNECTIONS, recordsPerFrame });
  context.onEnd(() => load.close());
  return { gateway, load, spells: [], stored: [], spent: { gateway: 0, supervisor: 0, engine: 0 } };
}

async function spell(side: Side): Promise<void> {
  const { gateway, load } = side;
  const already = recordsOf(load);
  const begun = performance.now();
  const before = gateway.spent();
  side.spells.push(await load.run(SPELL));
  await settled(side);
  side.stored.push((recordsOf(load) - already) / ((performance.now() - begun) / 1_000));
  note(side.spent, before, gateway.spent(), recordsOf(load) - already);
}

/** Adds what a record has cost. */
function note(sum: Side['spent'], before: SpentOnCores, after: SpentOnCores, records: number): void {
  sum.gateway += (after.gateways - before.gateways) / records / TURNS;
  sum.supervisor += (after.supervisor - before.supervisor) / records / TURNS;
  sum.engine += (after.engine - before.engine) / records / TURNS;
}

/** Waits until all that was acknowledged is stored: the other side is not to share its processors with it. */
function settled({ gateway, load }: Side): Promise<void> {
  return gateway.stored(recordsOf(load));
}

function recordsOf(load: LoadGenerator): number {
  return load.acknowledged.reduce((sum, frames) => sum + frames, 0) * load.recordsPerFrame;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function figuresOf({ spells, stored, spent }: Side, name: string, recordsPerFrame: number, other: string | null): Figure[] {
  const better = other === null ? 'neither' : 'more';
  const cheaper = other === null ? 'neither' : 'less';
  const beside = (what: string): Pick<Figure, 'ceiling'> => (other === null ? {} : { ceiling: `${other}: ${what}` });
  const rate = mean(spells.map(({ framesPerSecond }) => framesPerSecond)) * recordsPerFrame;
  const p99 = mean(spells.map(({ latencies }) => latencies.getValueAtPercentile(99) / 1_000));
  const figures: [string, number, string, Figure['better']][] = [
    ['acknowledged', rate, 'records/s', better],
    ['stored, to the last', mean(stored), 'records/s', better],
    ['gateway CPU', spent.gateway, 'us/record', cheaper],
    ['engine CPU', spent.engine, 'us/record', cheaper],
    ['to the ack, p99', p99, 'ms', cheaper],
  ];
  const supervisor: Figure = { name: `${name}: supervisor CPU`, value: spent.supervisor, unit: 'us/record', better: 'less' };
  return [
    ...figures.map(([what, value, unit, is]): Figure => ({
      name: `${name}: ${what}`,
      value,
      unit,
      better: is,
      ...beside(what),
    })),
    ...(other === null ? [] : [supervisor]),
    {
      name: `${name}: generator`,
      value: mean(spells.map(({ busy }) => busy)),
      unit: 'processors',
      better: 'neither',
    },
  ];
}

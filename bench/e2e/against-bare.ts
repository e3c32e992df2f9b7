/**
 * A gateway and a bare server under the same load, in turns. Gives the rates of both, what the gateway spends on a record, and its memory; and
 * checks that all that was acknowledged is stored, once.
 */
import { join } from 'node:path';
import { BareServer } from '../ceilings/bare-server.ts';
import { spoolRate } from '../ceilings/rate-of.ts';
import type { BenchContext, Figure } from '../frame/bench.ts';
import { LoadGenerator, type LoadOptions, type Spell } from '../load/load-generator.ts';
import { isPinned } from '../load/pinning.ts';
import { processorUs } from '../load/processor-time.ts';
import type { LoadPlan, LoadRun, Transport } from '../load/tasks.ts';
import { GatewayUnderLoad } from './gateway-under-load.ts';

export interface Contest {
  transport: Transport;
  connections: number;
  recordsPerFrame: number;
  /** Share of the bare server's rate that is meant to be reached; none for what has no target. */
  targetRatio?: number;
  /** Processor time of the gateway for a record, us, that is not to be exceeded. */
  targetUs?: number;
  plan?: Partial<LoadPlan>;
}

/** Before anything is measured both sides are under load until their code is compiled, or for as long as this. */
const WARM: LoadRun = { warmUpMs: 0, measureMs: 1_000, framesPerSecond: null };
const WARM_FRAMES = 40_000;
const WARM_SPELLS = 5;
/** Spells of each, in turns. */
const TURNS = 2;
const SPELL: LoadRun = { warmUpMs: 500, measureMs: 3_000, framesPerSecond: null };
const SPOOL_MS = 1_500;
const TARGET_RESIDENT_MB = 350;
const MB = 1e6;

/** Spells of one side with what they cost the server, from a spell's first frame until the last one of it is stored. */
interface Side {
  spells: Spell[];
  frames: number;
  serverUs: number;
  engineUs: number;
}

export async function against(contest: Contest, context: BenchContext): Promise<Figure[]> {
  const { transport, connections, recordsPerFrame, plan = {} } = contest;
  const load: Omit<LoadOptions, 'port'> = { transport, connections, recordsPerFrame, ...plan };
  const bare = await BareServer.start(transport);
  context.onEnd(() => bare.stop());
  const gateway = await GatewayUnderLoad.start({ dataDir: join(context.directory, 'data'), transport, devices: connections });
  context.onEnd(() => gateway.kill());
  const bareLoad = await LoadGenerator.open({ ...load, port: bare.port, path: '/push/x' });
  context.onEnd(() => bareLoad.close());
  const gatewayLoad = await LoadGenerator.open({ ...load, ...gateway.target });
  context.onEnd(() => gatewayLoad.close());
  const [bareSide, gatewaySide]: [Side, Side] = [newSide(), newSide()];
  let residentBytes = 0;
  for (const each of [bareLoad, gatewayLoad]) await warm(each);
  await gateway.stored();
  const drains: Drain[] = [];
  for (let turn = 0; turn < 2 * TURNS; turn++) {
    if ((turn + context.round) % 2 === 0) {
      await spell(bareSide, bareLoad, () => ({ gateway: processorUs(bare.pid), engine: 0 }));
    } else {
      // The bare server is not to share its processor with what the gateway has yet to store; and that belongs to what a record costs.
      await spell(
        gatewaySide,
        gatewayLoad,
        () => gateway.spent(),
        async () => {
          residentBytes = Math.max(residentBytes, gateway.residentBytes);
          drains.push(await drained(gateway));
        },
      );
    }
  }
  context.tell('comparing what was acknowledged with what is stored');
  await gateway.checkStored(gatewayLoad);
  await gateway.stop();
  const receipts = await spoolRate(join(context.directory, 'spool'), SPOOL_MS, connections * (plan.window ?? 1));
  return [
    ...rates(contest, bareSide, gatewaySide),
    { name: 'spool alone', value: receipts * recordsPerFrame, unit: 'records/s', better: 'neither' },
    ...backlog(contest, drains),
    ...costs(contest, bareSide, gatewaySide),
    { name: 'gateway RSS', value: residentBytes / MB, unit: 'MB', better: 'less', target: TARGET_RESIDENT_MB },
    { name: 'pinned apart', value: isPinned ? 1 : 0, unit: '1 = yes', better: 'neither' },
  ];
}

function newSide(): Side {
  return { spells: [], frames: 0, serverUs: 0, engineUs: 0 };
}

/** What was acknowledged in a spell and not stored yet when it ended. */
interface Drain {
  frames: number;
  seconds: number;
}

async function drained(gateway: GatewayUnderLoad): Promise<Drain> {
  const frames = await gateway.waitingFrames();
  const from = performance.now();
  await gateway.stored();
  return { frames, seconds: (performance.now() - from) / 1_000 };
}

async function warm(load: LoadGenerator): Promise<void> {
  let frames = 0;
  for (let i = 0; i < WARM_SPELLS && frames < WARM_FRAMES; i++) frames += (await load.run(WARM)).frames;
}

async function spell(
  side: Side,
  load: LoadGenerator,
  spent: () => { gateway: number; engine: number },
  finished: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const [before, framesBefore] = [spent(), load.acknowledgedFrames];
  side.spells.push(await load.run(SPELL));
  await finished();
  const after = spent();
  side.frames += load.acknowledgedFrames - framesBefore;
  side.serverUs += after.gateway - before.gateway;
  side.engineUs += after.engine - before.engine;
}
const rateOf = ({ spells }: Side): number =>
  spells.reduce((sum, { framesPerSecond }) => sum + framesPerSecond, 0) / spells.length;
const busyOf = ({ spells }: Side): number => spells.reduce((sum, { busy }) => sum + busy, 0) / spells.length;

function rates({ recordsPerFrame, targetRatio }: Contest, bare: Side, gateway: Side): Figure[] {
  const unit = 'records/s';
  return [
    {
      name: 'acknowledged',
      value: rateOf(gateway) * recordsPerFrame,
      unit,
      better: 'more',
      ceiling: 'bare server',
      ...(targetRatio === undefined ? {} : { targetRatio }),
    },
    { name: 'bare server', value: rateOf(bare) * recordsPerFrame, unit, better: 'neither' },
    ...(['p50', 'p99', 'p99.9'] as const).map((name): Figure => {
      const percentile = Number(name.slice(1));
      const values = gateway.spells.map(({ latencies }) => latencies.getValueAtPercentile(percentile) / 1_000);
      return { name: `to the ack, ${name}`, value: Math.max(...values), unit: 'ms', better: 'less' };
    }),
    { name: 'generator, on the gateway', value: busyOf(gateway), unit: 'processors', better: 'neither' },
    { name: 'generator, on the bare server', value: busyOf(bare), unit: 'processors', better: 'neither' },
  ];
}

/** How much was left to store when a spell ended, and how long that took: the acks' rate is worth that much less for long. */
function backlog({ recordsPerFrame }: Contest, drains: readonly Drain[]): Figure[] {
  return [
    {
      name: 'not stored at the end',
      value: Math.max(...drains.map(({ frames }) => frames)) * recordsPerFrame,
      unit: 'records',
      better: 'neither',
    },
    { name: 'stored after', value: Math.max(...drains.map(({ seconds }) => seconds)), unit: 's', better: 'neither' },
  ];
}

function costs({ recordsPerFrame, targetUs }: Contest, bare: Side, gateway: Side): Figure[] {
  const unit = 'us/record';
  const [bareRecords, records] = [bare.frames * recordsPerFrame, gateway.frames * recordsPerFrame];
  return [
    {
      name: 'gateway CPU',
      value: gateway.serverUs / records,
      unit,
      better: 'less',
      ...(targetUs === undefined ? {} : { target: targetUs }),
    },
    { name: 'engine CPU', value: gateway.engineUs / records, unit, better: 'less' },
    { name: 'bare CPU', value: bare.serverUs / bareRecords, unit, better: 'neither' },
  ];
}

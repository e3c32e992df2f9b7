/** How much a gateway stores with everything on, at a steady rate, beside what ClickHouse takes when that is all there is to do. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { clickHouseRate } from '../ceilings/rate-of.ts';
import type { Bench, BenchContext, Figure } from '../frame/bench.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { isPinned } from '../load/pinning.ts';
import { GatewayUnderLoad } from './gateway-under-load.ts';

const CONNECTIONS = 1_000;
const RECORDS_PER_FRAME = 10;
const CEILING_MS = 5_000;
/** Share of ClickHouse's own rate that is sent: more than is meant to be reached, so that a gateway that cannot is seen to fall behind. */
const SENT_SHARE = 0.5;
const TARGET_SHARE = 0.45;
const WARM_UP_MS = 3_000;
const LOOK_EVERY_MS = 1_000;
const SHORT_MS = 15_000;
const LONG_MS = 300_000;
const TARGET_RESIDENT_MB = 350;
/** A row waits a second for its batch, and its batch for the two before it. */
const TARGET_LAG_S = 3;
const MB = 1e6;

const about =
  'Ten records a frame at a steady rate, decoded, spooled, booked and stored, against ClickHouse given prebuilt rows alone';

export const BENCHES: readonly Bench[] = [
  { name: 'e2e/stored', about, seconds: 45, run: (context) => measureStored(context, SHORT_MS) },
  {
    name: 'e2e/five-minutes',
    about: `${about}; for five minutes`,
    seconds: 330,
    set: 'named',
    run: (context) => measureStored(context, LONG_MS),
  },
];

/** How things stand at one moment of the run. */
interface Look {
  at: number;
  stored: number;
  gatewayBytes: number;
  engineBytes: number;
  lagFrames: number;
  lagSeconds: number;
  parts: number;
}

async function measureStored(context: BenchContext, measureMs: number): Promise<Figure[]> {
  const alone = await clickHouseRate(join(context.directory, 'alone'), CEILING_MS, RECORDS_PER_FRAME);
  const gateway = await GatewayUnderLoad.start({
    dataDir: join(context.directory, 'data'),
    transport: 'tcp',
    devices: CONNECTIONS,
  });
  context.onEnd(() => gateway.kill());
  const load = await LoadGenerator.open({ ...gateway.target, connections: CONNECTIONS, recordsPerFrame: RECORDS_PER_FRAME });
  context.onEnd(() => load.close());
  // Its code is to be compiled before it is asked for a rate.
  await load.run({ warmUpMs: 0, measureMs: WARM_UP_MS, framesPerSecond: null });
  await gateway.stored();
  const sent = alone.messagesPerSecond * SENT_SHARE;
  const looks: Look[] = [];
  let [before, after] = [gateway.spent(), gateway.spent()];
  let looking = Promise.resolve();
  const over = new AbortController();
  await load.run(
    { warmUpMs: WARM_UP_MS, measureMs, framesPerSecond: sent / RECORDS_PER_FRAME },
    () => {
      before = gateway.spent();
      looking = lookNowAndThen(gateway, looks, over.signal);
    },
    () => {
      after = gateway.spent();
      over.abort();
    },
  );
  await looking;
  await gateway.checkStored(load);
  await gateway.stop();
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined || first === last) throw new Error('it was not looked at twice');
  const stored = last.stored - first.stored;
  const perRow = (us: number): number => us / stored;
  return [
    {
      name: 'stored',
      value: stored / (last.at - first.at),
      unit: 'messages/s',
      better: 'more',
      ceiling: 'ClickHouse alone',
      targetRatio: TARGET_SHARE,
    },
    { name: 'ClickHouse alone', value: alone.messagesPerSecond, unit: 'messages/s', better: 'neither' },
    { name: 'sent', value: sent, unit: 'messages/s', better: 'neither' },
    { name: 'gateway CPU', value: perRow(after.gateway - before.gateway), unit: 'us/message', better: 'less' },
    { name: 'engine CPU', value: perRow(after.engine - before.engine), unit: 'us/message', better: 'less' },
    { name: 'engine CPU, ClickHouse alone', value: alone.engineUs, unit: 'us/message', better: 'neither' },
    ...overTime(looks, first, last),
    { name: 'pinned apart', value: isPinned ? 1 : 0, unit: '1 = yes', better: 'neither' },
  ];
}

function overTime(looks: readonly Look[], first: Look, last: Look): Figure[] {
  const most = (of: (look: Look) => number): number => Math.max(...looks.map(of));
  return [
    {
      name: 'age of the oldest frame not stored, at the end',
      value: last.lagSeconds,
      unit: 's',
      better: 'less',
      target: TARGET_LAG_S,
    },
    { name: 'frames not stored, at the end', value: last.lagFrames, unit: 'frames', better: 'less' },
    { name: 'frames not stored, most', value: most(({ lagFrames }) => lagFrames), unit: 'frames', better: 'less' },
    { name: 'parts of messages, most', value: most(({ parts }) => parts), unit: 'parts', better: 'less' },
    { name: 'parts of messages, at the end', value: last.parts, unit: 'parts', better: 'less' },
    { name: 'gateway RSS, at the start', value: first.gatewayBytes / MB, unit: 'MB', better: 'less' },
    { name: 'gateway RSS, at the end', value: last.gatewayBytes / MB, unit: 'MB', better: 'less' },
    {
      name: 'gateway RSS, most',
      value: most(({ gatewayBytes }) => gatewayBytes) / MB,
      unit: 'MB',
      better: 'less',
      target: TARGET_RESIDENT_MB,
    },
    { name: 'engine RSS, most', value: most(({ engineBytes }) => engineBytes) / MB, unit: 'MB', better: 'less' },
  ];
}

async function lookNowAndThen(gateway: GatewayUnderLoad, looks: Look[], over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    looks.push(await look(gateway));
    await pause(LOOK_EVERY_MS);
  }
}

async function look(gateway: GatewayUnderLoad): Promise<Look> {
  const metrics = await gateway.gateway.metrics();
  const [active] = await gateway.gateway.query<{ n: string }>(
    "SELECT count() AS n FROM system.parts WHERE active AND database = 'odograph' AND table = 'messages'",
  );
  return {
    at: performance.now() / 1_000,
    stored: metrics.get('odograph_sink_rows_total{table="messages"}') ?? 0,
    gatewayBytes: gateway.residentBytes,
    engineBytes: gateway.engineResidentBytes,
    lagFrames: metrics.get('odograph_spool_waiting_frames') ?? Number.NaN,
    lagSeconds: metrics.get('odograph_spool_oldest_frame_age_seconds') ?? Number.NaN,
    parts: Number(active?.n),
  };
}

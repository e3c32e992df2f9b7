import type { Tracker } from '#model/tracker';
import { readLatest } from '../../src/reading/latest.ts';
import { readHistory } from '../../src/reading/telemetry.ts';
import { readTrack } from '../../src/reading/plots.ts';
import { ClickHouse } from '../../src/sink/clickhouse/clickhouse.ts';
import { aTracker } from '../../src/store/samples.ts';
import type { Bench, BenchContext, Figure } from '../frame/bench.ts';
import { median } from '../frame/statistics.ts';
import { daysOf, FIRST_DAY, identOf, oidOf, storeFleet, TRACKERS } from './stored-fleet.ts';

const DAY_MS = 86_400_000;
/** Trackers asked for, of all parts of the fleet. */
const ASKED = 25;
/** The first few find nothing in memory and everything to be read. */
const WARM_UP = 3;
const PAGE = 1_000;

interface ColumnRow {
  name: string;
  bytes: number;
}

async function stored(context: BenchContext, rows: number): Promise<readonly Figure[]> {
  const clickhouse = await ClickHouse.open({
    mode: 'embedded',
    dir: context.directory,
    database: 'odograph',
    username: '',
    password: '',
    memoryBytes: 4_000_000_000,
    requestTimeoutMs: 600_000,
    insertsInFlight: 2,
  });
  context.onEnd(() => clickhouse.close());
  const rate = await storeFleet(clickhouse.connection, rows, (words) => context.tell(words));
  const asIs = await asked(clickhouse, rows);
  context.tell('merging');
  await merge(clickhouse);
  const merged = await asked(clickhouse, rows);
  const columns = await clickhouse.connection.rows<ColumnRow>(
    `SELECT column AS name, sum(column_bytes_on_disk) / ${rows} AS bytes FROM system.parts_columns
     WHERE database = 'odograph' AND table = 'messages' AND active GROUP BY column ORDER BY bytes DESC`,
  );
  const [whole] = await clickhouse.connection.rows<{ bytes: number }>(
    `SELECT sum(bytes_on_disk) / ${rows} AS bytes FROM system.parts WHERE database = 'odograph' AND table = 'messages' AND active`,
  );
  for (const { name, bytes } of columns.slice(0, 12)) context.tell(`${name} ${bytes.toFixed(2)} bytes a row`);
  return [
    ...asIs.map(asInserted),
    ...merged,
    { name: 'disk', value: Number(whole?.bytes), unit: 'bytes/record', better: 'less', target: 60 },
    ...columns.slice(0, 6).map(({ name, bytes }): Figure => {
      return { name: `disk: ${name}`, value: bytes, unit: 'bytes/record', better: 'neither' };
    }),
    { name: 'made and inserted', value: rate, unit: 'rows/s', better: 'more' },
  ];
}

/** A question about nothing, asked in the same turns: what any costs on this machine as busy as it is. */
const EMPTY = 'an empty question';

function figure(name: string, values: readonly number[], target: number): Figure {
  return { name, value: median(values), unit: 'ms', better: 'less', target, ceiling: EMPTY };
}

function asInserted({ name, ceiling, ...found }: Figure): Figure {
  const suffix = ', as inserted';
  return { ...found, name: name + suffix, ...(ceiling === undefined ? {} : { ceiling: ceiling + suffix }) };
}

/** Merges as far as ClickHouse would by itself with time: each partition to one part, and nothing that its limits forbid. */
async function merge({ connection }: ClickHouse): Promise<void> {
  for (const table of ['messages', 'latest_messages']) await connection.command(`OPTIMIZE TABLE odograph.${table} FINAL`);
}

async function asked({ reading }: ClickHouse, rows: number): Promise<Figure[]> {
  const now = FIRST_DAY + daysOf(rows) * DAY_MS;
  const from = now - DAY_MS;
  const took = { empty: [] as number[], latest: [] as number[], history: [] as number[], track: [] as number[] };
  for (let turn = 0; turn < ASKED + WARM_UP; turn++) {
    const tracker = trackerOf((turn * 37_813) % TRACKERS);
    const empty = await timed(() => reading.rows('SELECT 1'));
    const latest = await timed(() => readLatest(reading, 'odograph', tracker, now));
    if (latest.found.position === null) throw new Error(`nothing is stored of ${tracker.trackerId}`);
    const part = { from, to: now, keys: null, after: null, most: PAGE };
    const history = await timed(() => readHistory(reading, 'odograph', tracker, part));
    if (history.found.length === 0) throw new Error(`no day is stored of ${tracker.trackerId}`);
    const track = await timed(() => readTrack(reading, 'odograph', tracker, { from, to: now, slices: PAGE }));
    if (turn < WARM_UP) continue;
    took.empty.push(empty.ms);
    took.latest.push(latest.ms);
    took.history.push(history.ms);
    took.track.push(track.ms);
  }
  return [
    { name: EMPTY, value: median(took.empty), unit: 'ms', better: 'neither' },
    figure(`latest of one tracker of ${TRACKERS}`, took.latest, 20),
    figure('one tracker-day, whole messages', took.history, 50),
    figure('one tracker-day, as a track', took.track, 50),
  ];
}

async function timed<Found>(ask: () => Promise<Found>): Promise<{ found: Found; ms: number }> {
  const begun = performance.now();
  const found = await ask();
  return { found, ms: performance.now() - begun };
}

function trackerOf(number: number): Tracker {
  return aTracker(oidOf(number), { trackerId: identOf(number), foreignTrackerId: null });
}

function bench(millions: number, seconds: number): Bench {
  return {
    name: `queries/rows-${millions}m`,
    about: `What the API's questions take and what a record takes on the disk, with ${millions} million messages of ${TRACKERS} trackers stored.`,
    seconds,
    set: 'named',
    run: (context) => stored(context, millions * 1_000_000),
  };
}

export const BENCHES: readonly Bench[] = [bench(1, 30), bench(10, 120), bench(100, 1_200)];

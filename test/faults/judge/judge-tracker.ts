/** Compares what one tracker was told with what is stored of it. Pure. */
import type { TrackerMemory } from '../client/memory.ts';
import type { Content, ScriptedRecord } from '../client/script.ts';
import type { StoredRow, StoredTracker } from './stored.ts';
import type { Verdict } from './verdict.ts';

/** Places are stored in degrees of 64 bits and other numbers in 32: nothing a device says is finer than this. */
const TOLERANCE = 1e-5;

/** What is to be expected of a tracker's rows. */
export interface ExpectedRows {
  ident: string;
  /** Records that must be stored, in the order in which they were acknowledged. */
  acknowledged: Iterable<ScriptedRecord>;
  /** Records that may be stored or not, whole. */
  possible: Iterable<ScriptedRecord>;
}

/** What a tracker's memory says of its rows. Frames that end in quarantine are another question. */
export function expectedOf({ ident, acknowledged, unacknowledged }: TrackerMemory): ExpectedRows {
  return { ident, acknowledged: keptOf(acknowledged), possible: keptOf(unacknowledged) };
}

type Frame = TrackerMemory['unacknowledged'][number];

const keptOf = (frames: readonly Frame[]) => frames.filter(({ quarantined }) => !quarantined).flatMap(({ records }) => records);

/** Device times of records in frames that end in quarantine: what can be read of them may be stored. */
export function quarantinedTimes({ acknowledged, unacknowledged }: TrackerMemory): ReadonlySet<number> {
  const frames: readonly Frame[] = [...acknowledged, ...unacknowledged];
  const records = frames.filter(({ quarantined }) => quarantined).flatMap((frame) => frame.records);
  return new Set(records.map(({ deviceTime }) => deviceTime));
}

/**
 * Adds to a verdict what is wrong with a tracker's rows: records lost, twice where a reader sees them, inserted twice from one place
 * of the spool, other than they were sent, out of order, or never sent. `mayHold` are device times of its frames in quarantine.
 */
export function judgeTracker(
  verdict: Verdict,
  expected: ExpectedRows,
  stored: StoredTracker,
  mayHold: ReadonlySet<number>,
): void {
  const { ident } = expected;
  const final = Map.groupBy(stored.final, ({ deviceTime }) => deviceTime);
  const raw = Map.groupBy(stored.raw, ({ deviceTime }) => deviceTime);
  const known = new Set(mayHold);
  let before: { number: number; last: Place } | null = null;
  verdict.rows += stored.raw.length;
  for (const record of expected.acknowledged) {
    verdict.acknowledged++;
    known.add(record.deviceTime);
    const seen = final.get(record.deviceTime) ?? [];
    const copies = raw.get(record.deviceTime) ?? [];
    const name = `record ${record.number} of ${new Date(record.deviceTime).toISOString()}`;
    if (seen.length === 0) verdict.add('lost', ident, name);
    if (seen.length > 1) verdict.add('duplicated', ident, `${name} is seen ${seen.length} times`);
    judgeContent(verdict, ident, record, [...seen, ...copies]);
    const places = copies.map(placeOf);
    const first = places.reduce(earlier, places[0] ?? null);
    if (first !== null && before !== null && isAfter(before.last, first)) {
      verdict.add(
        'reordered',
        ident,
        `${name} lies before record ${before.number}: ${text(first)} is before ${text(before.last)}`,
      );
    }
    const last = places.reduce(later, places[0] ?? null);
    if (last !== null) before = { number: record.number, last };
  }
  for (const record of expected.possible) {
    known.add(record.deviceTime);
    judgeContent(verdict, ident, record, raw.get(record.deviceTime) ?? []);
    const seen = final.get(record.deviceTime)?.length ?? 0;
    if (seen > 1) verdict.add('duplicated', ident, `record ${record.number}, never acknowledged, is seen ${seen} times`);
  }
  judgeRows(verdict, ident, stored.raw, known);
}

function judgeContent(verdict: Verdict, ident: string, record: ScriptedRecord, rows: readonly StoredRow[]): void {
  for (const row of rows) {
    const wrong = differences(record.content, row.content);
    if (wrong.length === 0) continue;
    verdict.add('altered', ident, `record ${record.number} at ${text(placeOf(row))}: ${wrong.join(', ')}`);
    return;
  }
}

/** Names what differs, and only of what was sent. */
function differences(sent: Content, stored: Content): string[] {
  return Object.entries(sent)
    .filter(([name, value]) => !(Math.abs((stored[name] ?? Number.NaN) - value) <= TOLERANCE))
    .map(([name, value]) => `${name} ${value} became ${stored[name]}`);
}

/** Sees that no row lies in the table twice, and none that was never sent. */
function judgeRows(verdict: Verdict, ident: string, rows: readonly StoredRow[], known: ReadonlySet<number>): void {
  const places = new Set<string>();
  for (const row of rows) {
    const place = text(placeOf(row));
    if (places.has(place)) verdict.add('duplicated', ident, `${place} was inserted twice`);
    places.add(place);
    if (!known.has(row.deviceTime)) verdict.add('invented', ident, `${new Date(row.deviceTime).toISOString()} at ${place}`);
  }
}

/** Where a row comes from: of one spool, later frames have greater numbers. */
type Place = Pick<StoredRow, 'spoolId' | 'spoolSeq' | 'rowIndex'>;

function placeOf({ spoolId, spoolSeq, rowIndex }: StoredRow): Place {
  return { spoolId, spoolSeq, rowIndex };
}

/** Places in different spools have no order. */
function isAfter(a: Place, b: Place): boolean {
  if (a.spoolId !== b.spoolId) return false;
  return a.spoolSeq === b.spoolSeq ? a.rowIndex > b.rowIndex : a.spoolSeq > b.spoolSeq;
}

const earlier = (a: Place | null, b: Place): Place => (a !== null && isAfter(b, a) ? a : b);
const later = (a: Place | null, b: Place): Place => (a !== null && isAfter(a, b) ? a : b);
const text = ({ spoolId, spoolSeq, rowIndex }: Place): string => `${spoolId}/${spoolSeq}/${rowIndex}`;

/** What is kept of trackers and idents, as rows: what each commit changes of most of them stands in columns of numbers. */
import type { EpochMs } from '#model/clocks';
import { identKey } from '#model/tracker';
import { completeLiveness, type Liveness } from '../../lifecycle/liveness.ts';
import { LIVENESS_NUMBERS, numbersOf, withNumbers } from '../../lifecycle/liveness-numbers.ts';
import type { TripState } from '../../lifecycle/trips.ts';
import type { BookChanges } from '../tracker-store.ts';
import type { Row } from './rows.ts';
import type { Statements } from './statements.ts';

/** Columns of `trips` that make a state. */
const TRIP_COLUMNS = [
  'started_at',
  'start_lat',
  'start_lon',
  'last_at',
  'last_lat',
  'last_lon',
  'last_received_at',
  'metres',
  'points',
  'max_speed_kmh',
  'closed',
] as const;

export const TRIP_NAMES = TRIP_COLUMNS.map((name) => `trips.${name}`).join(', ');

/** States of trips, side by side: of each tracker a row of numbers, `null` as `NaN`. */
export interface TripRows {
  oids: readonly string[];
  /** Revision that the stored one must have, 0 for none. */
  revisions: readonly number[];
  numbers: Float64Array<ArrayBuffer>;
}

export function tripRows(trips: BookChanges['trips']): TripRows {
  const numbers = new Float64Array(trips.length * TRIP_COLUMNS.length);
  for (const [i, { state }] of trips.entries()) {
    numbers.set(
      [
        state.startAt,
        state.startLat,
        state.startLon,
        state.lastAt,
        state.lastLat,
        state.lastLon,
        state.lastReceivedAt,
        state.metres,
        state.points,
        state.maxSpeedKmh ?? NaN,
        state.closed ? 1 : 0,
      ],
      i * TRIP_COLUMNS.length,
    );
  }
  return { oids: trips.map(({ oid }) => oid), revisions: trips.map(({ ifRevision }) => ifRevision), numbers };
}

/** Writes change nothing where the row is not at the revision expected, 0 for none. */
const NEW_TRIP = `INSERT INTO trips (${TRIP_COLUMNS.join(', ')}, tracker_oid)
  VALUES (${TRIP_COLUMNS.map(() => '?').join(', ')}, ?) ON CONFLICT DO NOTHING`;
const TRIP = `UPDATE trips SET ${TRIP_COLUMNS.map((name) => `${name} = ?`).join(', ')}, revision = revision + 1
  WHERE tracker_oid = ? AND revision = ?`;

/** Writes one of the states; false where it is not at the revision expected. Told by place, since names cost half as much again. */
export function writeTrip(statements: Statements, { oids, revisions, numbers }: TripRows, i: number): boolean {
  const oid = oids[i] as string;
  const ifRevision = revisions[i] as number;
  const values = rowOf(numbers, i, TRIP_COLUMNS.length);
  if (ifRevision === 0) return statements.prepare(NEW_TRIP).run(...values, oid).changes === 1;
  return statements.prepare(TRIP).run(...values, oid, ifRevision).changes === 1;
}

function rowOf(numbers: Float64Array, i: number, width: number): (number | null)[] {
  return Array.from(numbers.subarray(i * width, (i + 1) * width), (value) => (Number.isNaN(value) ? null : value));
}

export function tripFrom(row: Row): TripState {
  return {
    startAt: row['started_at'] as number,
    startLat: row['start_lat'] as number,
    startLon: row['start_lon'] as number,
    lastAt: row['last_at'] as number,
    lastLat: row['last_lat'] as number,
    lastLon: row['last_lon'] as number,
    lastReceivedAt: row['last_received_at'] as number,
    metres: row['metres'] as number,
    points: row['points'] as number,
    maxSpeedKmh: row['max_speed_kmh'] as number | null,
    closed: row['closed'] === 1,
  };
}

/** Rows of `liveness` with the numbers written since. */
export const HEARD_ROWS = `SELECT facts, ${LIVENESS_NUMBERS.map((name) => `heard.${name}`).join(', ')}
  FROM liveness LEFT JOIN heard ON heard.ident = liveness.ident`;

/** What was heard: of some idents everything, of most the numbers alone, side by side with `null` as `NaN`. */
export interface HeardRows {
  whole: readonly { ident: string; registered: 0 | 1; lastFrameAt: EpochMs; facts: string }[];
  counted: readonly string[];
  numbers: Float64Array<ArrayBuffer>;
  forgotten: readonly string[];
}

export function heardRows({ heard, counted, forgotten }: Pick<BookChanges, 'heard' | 'counted' | 'forgotten'>): HeardRows {
  const width = LIVENESS_NUMBERS.length;
  const numbers = new Float64Array(counted.length * width);
  for (const [i, liveness] of counted.entries()) {
    for (const [j, value] of numbersOf(liveness).entries()) numbers[i * width + j] = value ?? NaN;
  }
  const whole = heard.map((liveness) => {
    const { ident, trackerOid, lastFrameAt } = liveness;
    return {
      ident,
      registered: trackerOid === null ? (0 as const) : (1 as const),
      lastFrameAt,
      facts: JSON.stringify(liveness),
    };
  });
  return { whole, counted: counted.map(({ ident }) => ident), numbers, forgotten };
}

/** The key of an ident never changes: its index is left alone where the row is there. */
const FACTS = `INSERT INTO liveness (ident, ident_key, registered, last_frame_at, facts) VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT DO UPDATE SET registered = ?3, last_frame_at = ?4, facts = ?5`;
const NUMBERS = `INSERT INTO heard (ident, ${LIVENESS_NUMBERS.join(', ')}) VALUES (?, ${LIVENESS_NUMBERS.map(() => '?').join(', ')})
  ON CONFLICT DO UPDATE SET ${LIVENESS_NUMBERS.map((name) => `${name} = excluded.${name}`).join(', ')}`;
const NO_NUMBERS = 'DELETE FROM heard WHERE ident = ?';

/** Writes what was heard of idents, and forgets what is to be forgotten. */
export function writeHeard(statements: Statements, { whole, counted, numbers, forgotten }: HeardRows): void {
  const [facts, counts, none] = [FACTS, NUMBERS, NO_NUMBERS].map((sql) => statements.prepare(sql));
  for (const { ident, registered, lastFrameAt, facts: text } of whole) {
    facts?.run(ident, identKey(ident), registered, lastFrameAt, text);
    none?.run(ident);
  }
  for (const [i, ident] of counted.entries()) counts?.run(ident, ...rowOf(numbers, i, LIVENESS_NUMBERS.length));
  const forget = statements.prepare('DELETE FROM liveness WHERE ident = ?');
  for (const ident of forgotten) {
    forget.run(ident);
    none?.run(ident);
  }
}

/** Gives what is known of an ident from one of `HEARD_ROWS`. */
export function livenessFrom(row: Row): Liveness {
  const kept = completeLiveness(JSON.parse(row['facts'] as string) as Liveness);
  return withNumbers(
    kept,
    LIVENESS_NUMBERS.map((name) => row[name] as number | null),
  );
}

/** What is kept of trackers and idents, as rows: what each commit changes of most of them stands in columns of numbers. */
import type { SQLInputValue } from 'node:sqlite';
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

/** Writes change nothing where the row is not at the revision expected, 0 for none. */
const NEW_TRIP = `INSERT INTO trips (${TRIP_COLUMNS.join(', ')}, tracker_oid)
  VALUES (${TRIP_COLUMNS.map(() => '?').join(', ')}, ?) ON CONFLICT DO NOTHING`;
const TRIP = `UPDATE trips SET ${TRIP_COLUMNS.map((name) => `${name} = ?`).join(', ')}, revision = revision + 1
  WHERE tracker_oid = ? AND revision = ?`;

/** Writes the state of a trip; false where it is not at the revision expected. Told by place, since names cost half as much again. */
export function writeTrip(statements: Statements, { oid, state, ifRevision }: BookChanges['trips'][number]): boolean {
  const values: SQLInputValue[] = [
    state.startAt,
    state.startLat,
    state.startLon,
    state.lastAt,
    state.lastLat,
    state.lastLon,
    state.lastReceivedAt,
    state.metres,
    state.points,
    state.maxSpeedKmh,
    state.closed ? 1 : 0,
    oid,
  ];
  if (ifRevision === 0) return statements.prepare(NEW_TRIP).run(...values).changes === 1;
  return statements.prepare(TRIP).run(...values, ifRevision).changes === 1;
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

/** The key of an ident never changes: its index is left alone where the row is there. */
const FACTS = `INSERT INTO liveness (ident, ident_key, registered, last_frame_at, facts) VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT DO UPDATE SET registered = ?3, last_frame_at = ?4, facts = ?5`;
const NUMBERS = `INSERT INTO heard (ident, ${LIVENESS_NUMBERS.join(', ')}) VALUES (?, ${LIVENESS_NUMBERS.map(() => '?').join(', ')})
  ON CONFLICT DO UPDATE SET ${LIVENESS_NUMBERS.map((name) => `${name} = excluded.${name}`).join(', ')}`;
const NO_NUMBERS = 'DELETE FROM heard WHERE ident = ?';

/** Writes what was heard of idents, and forgets what is to be forgotten. */
export function writeHeard(statements: Statements, { heard, counted, forgotten }: BookChanges): void {
  const [facts, numbers, none] = [FACTS, NUMBERS, NO_NUMBERS].map((sql) => statements.prepare(sql));
  for (const liveness of heard) {
    const { ident, trackerOid, lastFrameAt } = liveness;
    facts?.run(ident, identKey(ident), trackerOid === null ? 0 : 1, lastFrameAt, JSON.stringify(liveness));
    none?.run(ident);
  }
  for (const liveness of counted) numbers?.run(liveness.ident, ...numbersOf(liveness));
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

/** Reads what is known last of a tracker out of `latest_messages`, which ClickHouse keeps as messages are inserted. */
import type { EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import { knownIdents, OWN, statedIdents } from './own.ts';
import { positionOf, type PositionRow, type ReadPosition } from './position.ts';
import type { Rows } from './rows.ts';

/** The newest value of a signal or state. */
export interface ReadValue {
  key: string;
  value: number | string;
  observedAt: EpochMs;
}

/** What is known last of a tracker; `null` and empty where nothing is. */
export interface Latest {
  observedAt: EpochMs | null;
  /** Of what came last; where live messages overtake each other, of one that came as much earlier at most as a live one may be late. */
  receivedAt: EpochMs | null;
  /** The newest believed place, with when it was. */
  position: (ReadPosition & { observedAt: EpochMs }) | null;
  values: readonly ReadValue[];
}

/** The newest message of a set of keys, or the last of a backlog. */
interface Row extends PositionRow<number | null> {
  observed_ms: string;
  received_ms: string;
  signals: Record<string, number | null>;
  states: Record<string, string>;
}

/** How far back the newest values are looked for, ms. */
const LATEST_MS = 30 * 86_400_000;

/** Reads what is known last of a tracker: its newest believed place, whenever that was, and the newest values of the last 30 days. */
export async function readLatest(store: Rows, database: string, tracker: Tracker, now: EpochMs): Promise<Latest> {
  const ask = (idents: readonly string[]): Promise<Row[]> =>
    store.rows<Row>(
      `SELECT toUnixTimestamp64Milli(observed_at) AS observed_ms, toUnixTimestamp64Milli(received_at) AS received_ms, lat, lon, believed,
         altitude_m, speed_kmh, course_deg, satellites, hdop, signals, states
       FROM {db:Identifier}.latest_messages FINAL WHERE ${OWN}`,
      { db: database, idents, oid: tracker.oid, company: tracker.companyId },
    );
  const stated = statedIdents(tracker);
  // Few trackers have gone by other idents than those they state: which ones is asked beside, not before.
  const [rows, known] = await Promise.all([ask([...stated]), knownIdents(store, database, tracker)]);
  const others = known.filter((ident) => !stated.has(ident));
  if (others.length > 0) rows.push(...(await ask(others)));
  rows.sort((a, b) => Number(b.observed_ms) - Number(a.observed_ms) || Number(b.received_ms) - Number(a.received_ms));
  const [newest] = rows;
  if (newest === undefined) return { observedAt: null, receivedAt: null, position: null, values: [] };
  return {
    observedAt: Number(newest.observed_ms),
    receivedAt: rows.reduce((last, { received_ms }) => Math.max(last, Number(received_ms)), Number.NEGATIVE_INFINITY),
    position: placeAmong(rows),
    values: valuesAmong(rows, now - LATEST_MS),
  };
}

function placeAmong(rows: readonly Row[]): Latest['position'] {
  for (const row of rows) {
    const { believed, lat, lon, observed_ms } = row;
    if (believed && lat !== null && lon !== null)
      return { ...positionOf({ ...row, lat, lon }), observedAt: Number(observed_ms) };
  }
  return null;
}

/** The first value of each key, of rows that are ordered from the newest on; the keys in order. */
function valuesAmong(rows: readonly Row[], from: EpochMs): ReadValue[] {
  const values = new Map<string, ReadValue>();
  for (const { observed_ms, signals, states } of rows) {
    const observedAt = Number(observed_ms);
    if (observedAt < from) break;
    for (const [key, value] of [...Object.entries(signals), ...Object.entries(states)])
      if (!values.has(key)) values.set(key, { key, value: value ?? '', observedAt });
  }
  return [...values.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Trips: runs of points of one tracker. A trip ends, at its last point, when
 *
 * 1. the next point is more than 5 minutes later, or
 * 2. the next point is more than 90 seconds later and less than 50 metres away, or
 * 3. no point has come for 10 minutes.
 *
 * Rules 1 and 2 compare the times of the points; rule 3 is the gateway's clock and only makes a finished trip known sooner:
 * what a later point would have ended anyway by rule 1, a tick ends. Points of one trip come in order; one that is not newer
 * than the last adds nothing.
 */
import type { EpochMs } from '#model/clocks';
import { metresBetween } from './geodesy.ts';

export interface TripRules {
  /** Rule 1: a longer gap between points ends the trip, ms. */
  gapMs: number;
  /** Rule 2: a longer gap ends the trip where the step is short, ms. */
  standMs: number;
  /** Rule 2: a shorter step is standing, metres. */
  standM: number;
  /** Rule 3: a longer silence ends the trip, ms. */
  silenceMs: number;
  /** A run of points shorter than this was no trip and is not kept, metres. */
  leastM: number;
}

export const TRIP_RULES: TripRules = { gapMs: 300_000, standMs: 90_000, standM: 50, silenceMs: 600_000, leastM: 50 };

/** One point as trips need it. */
export interface TripPoint {
  at: EpochMs;
  lat: number;
  lon: number;
  speedKmh: number | null;
  receivedAt: EpochMs;
}

/** A trip in progress: JSON-compatible. */
export interface TripState {
  startAt: EpochMs;
  startLat: number;
  startLon: number;
  lastAt: EpochMs;
  lastLat: number;
  lastLon: number;
  lastReceivedAt: EpochMs;
  metres: number;
  points: number;
  /** `null` where no point said its speed. */
  maxSpeedKmh: number | null;
  /** True once rule 3 has ended it: the next newer point begins another trip. */
  closed: boolean;
}

/** A finished trip. */
export type Trip = Omit<TripState, 'lastReceivedAt' | 'closed'>;

/** What a point made of the trip: the one in progress after it, and the one it ended. */
export interface TripStep {
  state: TripState;
  ended: Trip | null;
}

/** Adds a point. `state` is changed in place where the trip goes on; `ended` is `null` too where the run was no trip. */
export function addPoint(state: TripState | null, point: TripPoint, rules: TripRules): TripStep {
  if (state === null) return { state: startAt(point), ended: null };
  if (point.at <= state.lastAt) {
    state.lastReceivedAt = Math.max(state.lastReceivedAt, point.receivedAt);
    return { state, ended: null };
  }
  const gapMs = point.at - state.lastAt;
  const metres = metresBetween(state.lastLat, state.lastLon, point.lat, point.lon);
  if (state.closed) return { state: startAt(point), ended: null };
  if (gapMs > rules.gapMs || (gapMs > rules.standMs && metres < rules.standM)) {
    return { state: startAt(point), ended: finish(state, rules) };
  }
  state.metres += metres;
  state.points++;
  state.lastAt = point.at;
  state.lastLat = point.lat;
  state.lastLon = point.lon;
  state.lastReceivedAt = Math.max(state.lastReceivedAt, point.receivedAt);
  if (point.speedKmh !== null) state.maxSpeedKmh = Math.max(state.maxSpeedKmh ?? 0, point.speedKmh);
  return { state, ended: null };
}

/**
 * Applies rule 3 at a time of the gateway's clock: `null` while the trip goes on. The state stays, closed, so that points
 * older than its last one still add nothing.
 */
export function closeSilent(state: TripState, at: EpochMs, rules: TripRules): TripStep | null {
  if (state.closed || at - state.lastReceivedAt <= rules.silenceMs) return null;
  state.closed = true;
  return { state, ended: finish(state, rules) };
}

/** Tells whether a run of points goes on that is long enough to be a trip already. */
export function isRunning(state: TripState, rules: TripRules): boolean {
  return !state.closed && isTrip(state, rules);
}

function isTrip({ points, metres }: TripState, { leastM }: TripRules): boolean {
  return points >= 2 && metres >= leastM;
}

/** The finished trip, or `null` where the run of points was too short to be one. */
function finish(state: TripState, rules: TripRules): Trip | null {
  if (!isTrip(state, rules)) return null;
  const { lastReceivedAt: _received, closed: _closed, ...trip } = state;
  return trip;
}

function startAt(point: TripPoint): TripState {
  return {
    startAt: point.at,
    startLat: point.lat,
    startLon: point.lon,
    lastAt: point.at,
    lastLat: point.lat,
    lastLon: point.lon,
    lastReceivedAt: point.receivedAt,
    metres: 0,
    points: 1,
    maxSpeedKmh: point.speedKmh,
    closed: false,
  };
}

/** What goes into the scripts and comes out of them. */
import { identKey, serialNumberOf, type Tracker } from '#model/tracker';
import { addLiveness, completeLiveness, type Liveness } from '../../lifecycle/liveness.ts';
import { numbersOf, withNumbers, type LivenessNumbers } from '../../lifecycle/liveness-numbers.ts';
import type { TripState } from '../../lifecycle/trips.ts';
import { evidenceOf, evidenceParts } from '../evidence-parts.ts';
import type { NewOutboxRow } from '../outbox-rows.ts';
import type { BookChanges, TrackerChange, TrackerState } from '../tracker-store.ts';
import type { Bytes, Value } from './link.ts';

/** A tracker as `take_tracker` reads it. */
function trackerValues(tracker: Tracker): Value[] {
  const { oid, revision, status, provider, companyId, deletedAt, trackerId, foreignTrackerId } = tracker;
  const names = [trackerId, foreignTrackerId, serialNumberOf(tracker)].map((name) => (name === null ? '' : identKey(name)));
  return [oid, JSON.stringify(tracker), revision, status, provider, companyId, deletedAt === null ? '0' : '1', ...names];
}

/** A change as `take_tracker` and `take_history` read it. */
export function changeValues({ tracker, transitions, outbox }: TrackerChange): Value[] {
  const history = transitions.map((transition) => JSON.stringify(transition));
  return [...trackerValues(tracker), history.length, ...history, ...outboxValues(outbox)];
}

/** The changes of a commit as its script reads them. */
export function commitValues(changes: BookChanges): Value[] {
  const { spoolId, applied, moves, evidence, trips, heard, counted, forgotten, outbox, answers } = changes;
  const expected = [
    ...moves.map(({ change, ifRevision }) => [change.tracker.oid, 'revision', ifRevision]),
    ...evidence.map(({ oid, ifRevision }) => [oid, 'evidence_revision', ifRevision]),
  ];
  const values: Value[] = [spoolId, applied?.after ?? '', applied?.seq ?? '', expected.length, ...expected.flat()];
  // Of these there may be thousands: one text each, since the client spends more on each value than on what is in it.
  values.push(trips.length);
  for (const { oid, state, ifRevision } of trips) values.push(`${ifRevision}\n${oid}\n${JSON.stringify(state)}`);
  values.push(moves.length);
  for (const { change } of moves) values.push(...changeValues(change));
  values.push(evidence.length);
  for (const { oid, evidence: found } of evidence) {
    const { fixes, rest } = evidenceParts(found);
    values.push(oid, fixes, rest);
  }
  values.push(heard.length);
  for (const liveness of heard) {
    const { ident, trackerOid, lastFrameAt } = liveness;
    values.push(ident, identKey(ident), trackerOid === null ? lastFrameAt : '', JSON.stringify(liveness));
  }
  values.push(counted.length);
  for (const liveness of counted) values.push(`${JSON.stringify(numbersOf(liveness))}\n${liveness.ident}`);
  values.push(forgotten.length, ...forgotten.flatMap((ident) => [ident, identKey(ident)]), ...outboxValues(outbox));
  values.push(answers.length);
  for (const { sessionId, answeredBy, at, text, refused } of answers) {
    values.push(sessionId, answeredBy, at, text, refused ? 'failed' : 'answered');
  }
  return values;
}

function outboxValues(rows: readonly NewOutboxRow[]): Value[] {
  return [rows.length, ...rows.flatMap(({ table, row }) => [table, JSON.stringify(row)])];
}

/** The state that `state_of` gives. */
export function stateFrom(reply: Bytes): TrackerState {
  const [tracker, trip, tripRevision, fixes, rest, evidenceRevision] = reply as (Buffer | null)[];
  return {
    tracker: JSON.parse(String(tracker)) as Tracker,
    evidence: fixes instanceof Buffer ? evidenceOf({ fixes, rest: String(rest) }) : null,
    evidenceRevision: Number(String(evidenceRevision)),
    trip: trip instanceof Buffer ? (JSON.parse(trip.toString()) as TripState) : null,
    tripRevision: Number(String(tripRevision)),
  };
}

/** What one gateway has heard of an ident, from the whole of it and the numbers written since, empty where none were. */
export function heardFrom(facts: string, numbers: string): Liveness {
  const kept = completeLiveness(JSON.parse(facts) as Liveness);
  return numbers === '' ? kept : withNumbers(kept, JSON.parse(numbers) as LivenessNumbers);
}

/** What several gateways have heard of one ident, by pairs of those texts; `null` where none has. */
export function livenessFrom(pairs: readonly string[]): Liveness | null {
  const heard: Liveness[] = [];
  for (let i = 0; i < pairs.length; i += 2) heard.push(heardFrom(pairs[i] as string, pairs[i + 1] as string));
  return heard.reduce<Liveness | null>((sum, each) => (sum === null ? each : addLiveness(sum, each)), null);
}

/** Cuts a text at the first place where the separator stands. */
export function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

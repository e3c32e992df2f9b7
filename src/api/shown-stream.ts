/** Events of the stream as the API gives them. */
import type { LoggedTransition } from '../store/transition-log.ts';
import type { Arrival } from '../stream/event.ts';
import { timeOf } from './shapes.ts';
import { shownPosition } from './shown-message.ts';
import { shownTransition } from './tracker-shapes.ts';

/** A place of a tracker. */
export function shownArrival({ oid, observedAt, receivedAt, backlog, position }: Arrival) {
  return {
    oid,
    observed_at: timeOf(observedAt),
    received_at: timeOf(receivedAt),
    backlog,
    position: shownPosition(position),
  };
}

/** A change of a tracker. */
export function shownLogged({ tracker: { oid, trackerId, provider }, transition }: LoggedTransition) {
  return { oid, tracker_id: trackerId, provider, transition: shownTransition(transition) };
}

/** Registration, as the command line, the demo and the API ask for it. */
import { randomUUID } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import { DEFAULT_COMPANY, isActive, type Tracker, type Transition } from '#model/tracker';
import { move, registration, type Occasion, type Trigger } from '../lifecycle/transitions.ts';
import { checkRequest, type TrackerRequest } from '../providers/rules.ts';
import type { ProviderTable } from '../providers/table.ts';
import { identRows, transitionRow } from './outbox-rows.ts';
import { trackerExists, trackerInvalid, trackerUnknown } from './refusals.ts';
import type { TrackerChange, TrackerRegistry } from './tracker-store.ts';

/** A registered tracker with its history. */
export interface Registered {
  tracker: Tracker;
  transitions: readonly Transition[];
  /** What happens next, in words. */
  next: string;
}

/**
 * Registers a tracker. It is `pending`, and its validation is another step; with `validate` `now`, one whose ids are all there is to
 * check, that is any but those of a maker's cloud, waits for data at once.
 * Fails with `tracker_invalid`, all broken rules in words, or `tracker_exists`.
 */
export async function registerTracker(
  registry: TrackerRegistry,
  providers: ProviderTable,
  request: TrackerRequest,
  clock: Clock,
  companyId = DEFAULT_COMPANY,
  validate: 'now' | 'later' = 'now',
  oid: string = randomUUID(),
): Promise<Registered> {
  const verdict = checkRequest(providers, request);
  if (verdict.problems !== null) throw trackerInvalid(verdict.problems);
  const at = clock();
  const checked = verdict.request;
  const { family, trackerId } = providers[checked.provider];
  const tracker: Tracker = {
    oid,
    companyId,
    ...checked,
    status: 'pending',
    registeredAt: at,
    validatedAt: null,
    statusAt: at,
    deletedAt: null,
    revision: 1,
  };
  const steps = new History(tracker, registration(tracker, `registered at ${checked.provider} as ${checked.type}`));
  const isDone = validate === 'now' && family !== 'oem';
  if (isDone) {
    steps.move('validate', `${checked.provider} is validated by its ids`);
    steps.move('validated', `"${checked.trackerId}" is right as ${trackerId.join(' or ')}`);
  }
  const { exists } = await registry.register(steps.change(identRows(steps.tracker, null)));
  if (exists !== null) throw trackerExists(exists);
  const next = isDone
    ? 'send data: drive outdoors until the tracker is connected'
    : 'validate it: until then its data is stored but counts for nothing';
  return { tracker: steps.tracker, transitions: steps.transitions, next };
}

/** Moves a tracker on somebody's request. Fails with `tracker_unknown` or `lifecycle_illegal_transition`. */
export async function moveTracker(
  registry: TrackerRegistry,
  oid: string,
  trigger: Trigger,
  cause: string,
  clock: Clock,
): Promise<Tracker> {
  return changeTracker(registry, oid, (tracker) => movedBy(tracker, { trigger, cause, at: clock() }));
}

/** A tracker after a move, as it is written. Throws `lifecycle_illegal_transition`. */
export function movedBy(tracker: Tracker, occasion: Occasion): TrackerChange {
  const moved = move(tracker, occasion);
  if (moved.refusal !== null) throw new GatewayError(moved.refusal.code, moved.refusal.reason);
  const ended = isActive(moved.tracker) ? [] : identRows(moved.tracker, moved.tracker.statusAt);
  const outbox = [transitionRow(moved.tracker, moved.transition), ...ended];
  return { tracker: moved.tracker, transitions: [moved.transition], outbox };
}

/**
 * Changes a tracker. Somebody else may change it meanwhile: then the change is made anew from what it has become; `null` leaves it as
 * it is. Fails with `tracker_unknown`, and with what `make` throws.
 */
export async function changeTracker(
  registry: TrackerRegistry,
  oid: string,
  make: (tracker: Tracker) => TrackerChange | null,
): Promise<Tracker> {
  for (;;) {
    const tracker = await registry.trackerByOid(oid);
    if (tracker === null || tracker.deletedAt !== null) throw trackerUnknown(oid);
    const change = make(tracker);
    if (change === null) return tracker;
    if (await registry.update(change, tracker.revision)) return change.tracker;
  }
}

/** A new tracker on its first moves, which the table allows for every provider. */
class History {
  tracker: Tracker;
  readonly transitions: Transition[];

  constructor(tracker: Tracker, first: Transition) {
    this.tracker = tracker;
    this.transitions = [first];
  }

  move(trigger: Trigger, cause: string): void {
    const moved = move(this.tracker, { trigger, cause, at: this.tracker.registeredAt });
    if (moved.refusal !== null) throw new GatewayError('bug_invariant', moved.refusal.reason);
    this.tracker = moved.tracker;
    this.transitions.push(moved.transition);
  }

  change(idents: TrackerChange['outbox']): TrackerChange {
    const { tracker, transitions } = this;
    return { tracker, transitions, outbox: [...transitions.map((t) => transitionRow(tracker, t)), ...idents] };
  }
}

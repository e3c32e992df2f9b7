/** Registration, as the command line, the demo and the API ask for it. */
import { randomUUID } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import { DEFAULT_COMPANY, type Tracker, type Transition } from '#model/tracker';
import { move, registration, type Trigger } from '../lifecycle/transitions.ts';
import { checkRequest, type TrackerRequest } from '../providers/rules.ts';
import type { ProviderTable } from '../providers/table.ts';
import { identRows, transitionRow } from './outbox-rows.ts';
import type { TrackerChange, TrackerRegistry } from './tracker-store.ts';

/** A registered tracker with its history. */
export interface Registered {
  tracker: Tracker;
  transitions: readonly Transition[];
  /** What happens next, in words. */
  next: string;
}

/**
 * Registers a tracker. One of a hardware provider is validated at once, for its validation is that its ids keep the rules, and
 * waits for data; the others wait in `pending` for the validation with their provider.
 * Fails with `tracker_invalid`, all broken rules in words, or `tracker_exists`.
 */
export async function registerTracker(
  registry: TrackerRegistry,
  providers: ProviderTable,
  request: TrackerRequest,
  clock: Clock,
  companyId = DEFAULT_COMPANY,
): Promise<Registered> {
  const verdict = checkRequest(providers, request);
  if (verdict.problems !== null) throw new GatewayError('tracker_invalid', verdict.problems.join('; '));
  const at = clock();
  const checked = verdict.request;
  const { family, trackerId } = providers[checked.provider];
  const tracker: Tracker = {
    oid: randomUUID(),
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
  if (family === 'hardware') {
    steps.move('validate', `${checked.provider} boxes are validated by their ids`);
    steps.move('validated', `"${checked.trackerId}" is right as ${trackerId.join(' or ')}`);
  }
  const { exists } = await registry.register(steps.change(identRows(steps.tracker, null)));
  if (exists !== null) {
    const detail = `${exists.provider} has an active tracker "${exists.trackerId}" already, ${exists.oid}, ${exists.status}`;
    throw new GatewayError('tracker_exists', detail);
  }
  const next =
    family === 'hardware'
      ? 'send data: drive outdoors until the tracker is connected'
      : `nothing yet: this version has no validation with ${checked.provider}, the tracker stays pending`;
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
  for (;;) {
    const tracker = await registry.trackerByOid(oid);
    if (tracker === null) throw new GatewayError('tracker_unknown', `no tracker has the oid "${oid}"`);
    const moved = move(tracker, { trigger, cause, at: clock() });
    if (moved.refusal !== null) throw new GatewayError(moved.refusal.code, moved.refusal.reason);
    const ended = moved.tracker.status === 'disconnected' ? identRows(moved.tracker, moved.tracker.statusAt) : [];
    const outbox = [transitionRow(moved.tracker, moved.transition), ...ended];
    const change = { tracker: moved.tracker, transitions: [moved.transition], outbox };
    // Somebody else may have moved it meanwhile: then the move is judged again from where it stands.
    if (await registry.update(change, tracker.revision)) return moved.tracker;
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

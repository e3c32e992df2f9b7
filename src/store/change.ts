/** What an owner does with a registered tracker: change what it says, give it up, delete it. */
import type { Clock, EpochMs } from '#model/clocks';
import { isActive, type Tracker } from '#model/tracker';
import { checkRequest, type CheckedRequest, type TrackerRequest } from '../providers/rules.ts';
import type { ProviderTable } from '../providers/table.ts';
import { identRows, type NewOutboxRow } from './outbox-rows.ts';
import { trackerInvalid } from './refusals.ts';
import { changeTracker, movedBy } from './register.ts';
import type { TrackerChange, TrackerRegistry } from './tracker-store.ts';

/** What may be changed; what is absent stays, `null` takes it away. `objectId` replaces all of it. */
export type TrackerEdit = Partial<Omit<TrackerRequest, 'provider'>>;

/**
 * Changes a tracker. Its id and type are what was validated, so they can only be changed before that, and in `wrong_tracker_id`,
 * from where a corrected id leads back to `pending`.
 * Fails with `tracker_unknown`, `tracker_invalid`, or `tracker_exists` where the provider has an active tracker of that id.
 */
export function updateTracker(
  registry: TrackerRegistry,
  providers: ProviderTable,
  oid: string,
  edit: TrackerEdit,
  clock: Clock,
): Promise<Tracker> {
  return changeTracker(registry, oid, (before) => {
    if (!isActive(before)) throw trackerInvalid([`tracker ${before.trackerId} is disconnected and only kept for its history`]);
    const checked = checkedEdit(providers, before, edit);
    const identity = (['trackerId', 'type'] as const).filter((field) => checked[field] !== before[field]);
    if (identity.length > 0 && !MAY_CHANGE_IDENTITY.has(before.status)) {
      throw trackerInvalid([
        `${identity.map((field) => NAMES[field]).join(' and ')} of tracker ${before.trackerId} cannot be changed while it is ${before.status}: cancel it and register it anew`,
      ]);
    }
    const edited: Tracker = { ...before, ...checked };
    const isCorrected = before.status === 'wrong_tracker_id' && edited.trackerId !== before.trackerId;
    const change: TrackerChange = isCorrected
      ? movedBy(edited, { trigger: 'id_corrected', cause: `"${before.trackerId}" became "${edited.trackerId}"`, at: clock() })
      : { tracker: { ...edited, revision: before.revision + 1 }, transitions: [], outbox: [] };
    return { ...change, outbox: [...change.outbox, ...changedIdents(before, change.tracker, clock())] };
  });
}

/** Disconnects a tracker. Fails with `tracker_unknown`, or `lifecycle_illegal_transition` where it is disconnected already. */
export function cancelTracker(registry: TrackerRegistry, oid: string, cause: string, clock: Clock): Promise<Tracker> {
  return changeTracker(registry, oid, (tracker) => movedBy(tracker, { trigger: 'cancel', cause, at: clock() }));
}

/** Deletes a tracker, disconnecting it first where it is active; its history stays. Fails with `tracker_unknown`. */
export function deleteTracker(registry: TrackerRegistry, oid: string, cause: string, clock: Clock): Promise<Tracker> {
  return changeTracker(registry, oid, (before) => {
    const deletedAt = clock();
    if (!isActive(before)) {
      return { tracker: { ...before, deletedAt, revision: before.revision + 1 }, transitions: [], outbox: [] };
    }
    const { tracker, ...history } = movedBy(before, { trigger: 'cancel', cause, at: deletedAt });
    return { ...history, tracker: { ...tracker, deletedAt } };
  });
}

const MAY_CHANGE_IDENTITY: ReadonlySet<Tracker['status']> = new Set(['pending', 'wrong_tracker_id'] as const);
const NAMES = { trackerId: 'tracker_id', type: 'type' } as const;

function checkedEdit(providers: ProviderTable, before: Tracker, edit: TrackerEdit): CheckedRequest {
  const { trackerId, provider, type, vehicleType, foreignTrackerId, objectId } = before;
  const given = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
  const verdict = checkRequest(providers, { trackerId, provider, type, vehicleType, foreignTrackerId, objectId, ...given });
  if (verdict.problems !== null) throw trackerInvalid(verdict.problems);
  return verdict.request;
}

/** Rows for the idents that came and went. */
function changedIdents(before: Tracker, after: Tracker, at: EpochMs): NewOutboxRow[] {
  const was = identRows({ ...before, revision: after.revision }, at);
  const is = identRows(after, null);
  const old = new Set(was.map(nameOf));
  const young = new Set(is.map(nameOf));
  // Every row names the tracker id.
  const isNew = after.trackerId !== before.trackerId;
  return [...was.filter((row) => !young.has(nameOf(row))), ...is.filter((row) => isNew || !old.has(nameOf(row)))];
}

function nameOf({ row }: NewOutboxRow): string {
  return `${row['source']}/${row['ident']}`;
}

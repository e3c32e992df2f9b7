import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_COMPANY } from '#model/tracker';
import { providerTable } from '../providers/table.ts';
import { cancelTracker, deleteTracker, updateTracker } from './change.ts';
import { moveTracker, registerTracker } from './register.ts';
import { IMEI, T0 } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';

const PROVIDERS = providerTable();
const VIN = 'WF0AXXWPMAJB43745';
const OTHER_VIN = 'VSSZZZKJZPR000001';
const clock = (): number => T0 + 50;

let store: SqliteStore;
beforeEach(() => {
  store = openSqliteStore(':memory:');
});
afterEach(() => store.close());

async function registered(trackerId = VIN, validate: 'now' | 'later' = 'later'): Promise<string> {
  const request = { trackerId, provider: 'targa', type: 'canbus', foreignTrackerId: IMEI, objectId: { make: 'Ford' } };
  return (await registerTracker(store, PROVIDERS, request, () => T0, DEFAULT_COMPANY, validate)).tracker.oid;
}

/** The idents ClickHouse would find the tracker by: of each the row of greatest revision, where it is not ended. */
function identsInForce(oid: string): string[] {
  const newest = new Map<string, { ended_at: unknown; ident: unknown; revision: unknown }>();
  for (const { row } of store.outbox(1_000).filter(({ table }) => table === 'tracker_idents')) {
    if (row['tracker_oid'] !== oid) continue;
    const key = `${row['source']}/${row['ident']}`;
    const before = newest.get(key);
    if (before === undefined || Number(before.revision) <= Number(row['revision'])) newest.set(key, row as never);
  }
  return [...newest.values()].filter(({ ended_at: ended }) => ended === null).map(({ ident }) => String(ident));
}

describe('updating', () => {
  test('what is given changes, null takes away, the rest stays, and no status moves', async () => {
    const oid = await registered(VIN, 'now');
    const edit = { foreignTrackerId: null, vehicleType: 'van', objectId: { serial_number: 'S-1' } };
    const tracker = await updateTracker(store, PROVIDERS, oid, edit, clock);
    expect(tracker).toMatchObject({ ...edit, trackerId: VIN, status: 'pending_for_data', revision: 4, statusAt: T0 });
    expect(store.trackerByOid(oid)).toEqual(tracker);
    expect(store.transitionsOf(oid)).toHaveLength(3);
    expect(identsInForce(oid)).toEqual([VIN, 'S-1', 'S1']);
  });

  test('a wrong tracker id is corrected, which leads back to pending', async () => {
    const oid = await registered();
    await moveTracker(store, oid, 'id_rejected', 'nobody knows it', clock);
    const tracker = await updateTracker(store, PROVIDERS, oid, { trackerId: OTHER_VIN.toLowerCase() }, clock);
    expect(tracker).toMatchObject({ trackerId: OTHER_VIN, status: 'pending', revision: 3 });
    expect(store.transitionsOf(oid).at(-1)).toMatchObject({
      trigger: 'id_corrected',
      cause: `"${VIN}" became "${OTHER_VIN}"`,
      number: 3,
    });
    expect(identsInForce(oid)).toEqual([IMEI, OTHER_VIN]);
  });

  test('another change of a tracker with a wrong id leaves it there', async () => {
    const oid = await registered();
    await moveTracker(store, oid, 'id_rejected', 'nobody knows it', clock);
    expect(await updateTracker(store, PROVIDERS, oid, { vehicleType: 'car' }, clock)).toMatchObject({
      status: 'wrong_tracker_id',
    });
  });

  test('an id may be changed before it is validated, not after', async () => {
    const oid = await registered();
    expect(await updateTracker(store, PROVIDERS, oid, { trackerId: OTHER_VIN }, clock)).toMatchObject({ status: 'pending' });
    await moveTracker(store, oid, 'validated', 'right', clock);
    await expect(updateTracker(store, PROVIDERS, oid, { trackerId: VIN }, clock)).rejects.toThrow(
      /tracker_id of tracker VSS.* cannot be changed while it is pending_for_data: cancel it .*\[tracker_invalid\]/,
    );
    // The same id in another spelling is no change.
    await updateTracker(store, PROVIDERS, oid, { trackerId: ` ${OTHER_VIN.toLowerCase()}` }, clock);
  });

  test('what breaks a rule is refused in words, as at the registration', async () => {
    const oid = await registered();
    await expect(updateTracker(store, PROVIDERS, oid, { trackerId: '1', type: 'oem' }, clock)).rejects.toThrow(
      /not a VIN.*"oem" does not exist at targa.*\[tracker_invalid\]/,
    );
    const other = await registered(OTHER_VIN);
    await expect(updateTracker(store, PROVIDERS, other, { trackerId: VIN }, clock)).rejects.toThrow(
      `${oid}, pending [tracker_exists]`,
    );
    await cancelTracker(store, oid, 'asked', clock);
    await expect(updateTracker(store, PROVIDERS, oid, { vehicleType: 'car' }, clock)).rejects.toThrow(
      /disconnected.*\[tracker_invalid\]/,
    );
  });
});

describe('giving up', () => {
  test('a cancelled tracker is disconnected and its idents end; again is refused', async () => {
    const oid = await registered();
    expect(await cancelTracker(store, oid, 'sold', clock)).toMatchObject({ status: 'disconnected', deletedAt: null });
    expect(identsInForce(oid)).toEqual([]);
    await expect(cancelTracker(store, oid, 'sold', clock)).rejects.toThrow('[lifecycle_illegal_transition]');
  });

  test('a deleted tracker is gone but for its history, whether it was active or not; again it is unknown', async () => {
    const active = await registered();
    expect(await deleteTracker(store, active, 'sold', clock)).toMatchObject({ status: 'disconnected', deletedAt: T0 + 50 });
    expect(store.transitionsOf(active).at(-1)).toMatchObject({ to: 'disconnected', cause: 'sold' });
    const ended = await registered();
    await cancelTracker(store, ended, 'sold', clock);
    expect(await deleteTracker(store, ended, 'sold', clock)).toMatchObject({ deletedAt: T0 + 50, revision: 3 });
    expect(store.transitionsOf(ended)).toHaveLength(2);
    expect(store.trackers({ most: 9 })).toEqual([]);
    for (const oid of [active, ended]) {
      await expect(deleteTracker(store, oid, 'sold', clock)).rejects.toThrow('[tracker_unknown]');
    }
  });
});

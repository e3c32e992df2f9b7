import { GatewayError } from '#errors/gateway-error';
import { identsOf, type Tracker } from '#model/tracker';
import type { Config } from '../config/schema.ts';
import type { Liveness } from '../lifecycle/liveness.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/store.ts';

/**
 * Opens the registry for one command and closes it again. A running gateway and commands may have it open at the same time;
 * the gateway sees what a command has changed before its next batch.
 */
export async function withRegistry<Result>(config: Config, use: (store: SqliteStore) => Promise<Result>): Promise<Result> {
  const store = openSqliteStore(config.store.path);
  try {
    return await use(store);
  } finally {
    store.close();
  }
}

/** Finds the trackers that go by a name: oid, tracker id, foreign tracker id or serial number. Fails with `tracker_unknown`. */
export function trackersCalled(store: SqliteStore, name: string): readonly [Tracker, ...Tracker[]] {
  const [first, ...others] = store.trackersCalled(name);
  if (first === undefined) throw new GatewayError('tracker_unknown', `no tracker is called "${name}"`);
  return [first, ...others];
}

/** What was heard under the idents of a tracker. */
export function heardOf(store: SqliteStore, tracker: Tracker): Liveness[] {
  return identsOf(tracker).flatMap(({ ident }) => store.livenessOf(ident) ?? []);
}

/** A time for people, in UTC to the second; empty where there is none. */
export function utc(at: number | null | undefined): string {
  return at === null || at === undefined ? '' : `${new Date(at).toISOString().slice(0, 19)}Z`;
}

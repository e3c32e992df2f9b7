import { GatewayError } from '#errors/gateway-error';
import { isActive, type Tracker } from '#model/tracker';
import type { Config } from '../config/schema.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import type { TrackerRegistry } from '../store/tracker-store.ts';
import { CommandFailure } from './exit-codes.ts';

/**
 * Opens the registry for one command and closes it again. A running gateway and commands may have it open at the same time;
 * the gateway sees what a command has changed before its next batch.
 */
export async function withRegistry<Result>(config: Config, use: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await openStore(config.store);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Finds the trackers that go by a name: oid, tracker id, foreign tracker id or serial number. Fails with `tracker_unknown`. */
export async function trackersCalled(registry: TrackerRegistry, name: string): Promise<readonly [Tracker, ...Tracker[]]> {
  const [first, ...others] = await registry.trackersCalled(name);
  if (first === undefined) throw new GatewayError('tracker_unknown', `no tracker is called "${name}"`);
  return [first, ...others];
}

/** Finds the one tracker that is meant: the only active one of that name. Fails with `tracker_unknown`, or where it is not clear. */
export async function trackerCalled(store: TrackerRegistry, name: string): Promise<Tracker> {
  const [first, ...others] = (await trackersCalled(store, name)).filter(({ deletedAt }) => deletedAt === null);
  if (first === undefined) throw new GatewayError('tracker_unknown', `no tracker is called "${name}"`);
  const rivals = others.filter((other) => isActive(other) === isActive(first));
  if (rivals.length === 0 || first.oid === name) return first;
  const listed = [first, ...rivals].map(({ oid, provider, status }) => `${oid} (${provider}, ${status})`);
  throw new CommandFailure('usage', `several trackers are called "${name}", their oids are: ${listed.join(', ')}`);
}

/** A time for people, in UTC to the second; empty where there is none. */
export function utc(at: number | null | undefined): string {
  return at === null || at === undefined ? '' : `${new Date(at).toISOString().slice(0, 19)}Z`;
}

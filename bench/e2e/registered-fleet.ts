/** Devices of the load generator as registered trackers that wait for data. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aTracker, registered, T0 } from '../../src/store/samples.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { TrackerChange, TrackerRegistry } from '../../src/store/tracker-store.ts';
import { identOf } from '../load/vehicle-track.ts';

/** Memory, where each registration is synced in no time. */
const MEMORY = '/dev/shm';
const FILE = 'odograph.sqlite';

/** Makes a data folder in which they are. */
export function registerFleet(dataDir: string, devices: number): void {
  const folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'odograph-fleet-'));
  const store = openSqliteStore(join(folder, FILE));
  for (const change of fleet(devices)) store.register(change);
  store.close();
  mkdirSync(dataDir, { recursive: true });
  cpSync(join(folder, FILE), join(dataDir, FILE));
  rmSync(folder, { recursive: true });
}

/** Registers them in a store that is there. */
export async function registerFleetIn(store: TrackerRegistry, devices: number): Promise<void> {
  for (const change of fleet(devices)) await store.register(change);
}

function* fleet(devices: number): Iterable<TrackerChange> {
  for (let device = 0; device < devices; device++) {
    const ident = identOf(device);
    const status = 'pending_for_data' as const;
    const fields = { trackerId: `VIN${ident}`, foreignTrackerId: ident, status, validatedAt: T0 };
    yield registered(aTracker(`load-${ident}`, fields));
  }
}

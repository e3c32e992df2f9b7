/** A data folder in which the devices of the load generator are registered trackers that wait for data. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aTracker, registered, T0 } from '../../src/store/samples.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { identOf } from '../load/vehicle-track.ts';

/** Memory, where each registration is synced in no time. */
const MEMORY = '/dev/shm';
const FILE = 'odograph.sqlite';

export function registerFleet(dataDir: string, devices: number): void {
  const folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'odograph-fleet-'));
  const store = openSqliteStore(join(folder, FILE));
  for (let device = 0; device < devices; device++) {
    const ident = identOf(device);
    const fields = { trackerId: `VIN${ident}`, foreignTrackerId: ident, status: 'pending_for_data', validatedAt: T0 } as const;
    store.register(registered(aTracker(`load-${ident}`, fields)));
  }
  store.close();
  mkdirSync(dataDir, { recursive: true });
  cpSync(join(folder, FILE), join(dataDir, FILE));
  rmSync(folder, { recursive: true });
}

/** A data folder in which the devices of the load generator are registered trackers that wait for data. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { aTracker, registered } from '../../src/store/samples.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { identOf } from '../load/vehicle-track.ts';

export function registerFleet(dataDir: string, devices: number): void {
  mkdirSync(dataDir, { recursive: true });
  const store = openSqliteStore(join(dataDir, 'odograph.sqlite'), { busyTimeoutMs: 5_000 });
  for (let device = 0; device < devices; device++) {
    const ident = identOf(device);
    const fields = { trackerId: `VIN${ident}`, foreignTrackerId: ident, status: 'pending_for_data' } as const;
    store.register(registered(aTracker(`load-${ident}`, fields)));
  }
  store.close();
}

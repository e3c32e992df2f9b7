/** What a commit of the book costs: `npm run bench:store`. A thousand trackers, each with a trip that went on and a new last word, a batch. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisServer } from '../src/store/redis/server-fixture.ts';
import { RedisStore } from '../src/store/redis/store.ts';
import { aLiveness, aTracker, aTrip, noChanges, registered } from '../src/store/samples.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import { median } from './frame/statistics.ts';

const TRACKERS = 1_000;
const BATCHES = 50;

/** What a commit takes, and what of it is processor time of this process, ms. */
interface Cost {
  took: number;
  processor: number;
}

async function measure(store: Store): Promise<Cost> {
  const oids = Array.from({ length: TRACKERS }, (_, i) => `t${i}`);
  for (const oid of oids) await store.register(registered(aTracker(oid)));
  const times: number[] = [];
  const processor: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const begun = performance.now();
    const before = process.cpuUsage();
    const result = await store.commit({
      ...noChanges(),
      applied: { seq: batch + 1, after: batch },
      trips: oids.map((oid) => ({ oid, state: aTrip(), ifRevision: batch })),
      [batch === 0 ? 'heard' : 'counted']: oids.map((oid) => aLiveness(oid, { trackerOid: oid, frames: batch })),
    });
    if (result.outcome !== 'committed') throw new Error(result.outcome);
    times.push(performance.now() - begun);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1_000);
  }
  await store.close();
  return { took: median(times), processor: median(processor) };
}

const folder = mkdtempSync(join(tmpdir(), 'odograph-bench-store-'));
const server = await RedisServer.start();
const sqlite = await measure(openSqliteStore(join(folder, 'registry.sqlite')));
const redis = await measure(new RedisStore(server.settings('bench')));
await server.dispose();
rmSync(folder, { recursive: true });
const words = ({ took, processor }: Cost): string =>
  `${took.toFixed(1)} ms, of which ${processor.toFixed(1)} ms of our own processor time`;
process.stdout.write(`median commit of ${TRACKERS} trackers: SQLite ${words(sqlite)}; Redis ${words(redis)}\n`);

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

async function measure(store: Store): Promise<number> {
  const oids = Array.from({ length: TRACKERS }, (_, i) => `t${i}`);
  for (const oid of oids) await store.register(registered(aTracker(oid)));
  const times: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const begun = performance.now();
    const result = await store.commit({
      ...noChanges(),
      applied: { seq: batch + 1, after: batch },
      trips: oids.map((oid) => ({ oid, state: aTrip(), ifRevision: batch })),
      [batch === 0 ? 'heard' : 'counted']: oids.map((oid) => aLiveness(oid, { trackerOid: oid, frames: batch })),
    });
    if (result.outcome !== 'committed') throw new Error(result.outcome);
    times.push(performance.now() - begun);
  }
  await store.close();
  return median(times);
}

const folder = mkdtempSync(join(tmpdir(), 'odograph-bench-store-'));
const server = await RedisServer.start();
const sqlite = await measure(openSqliteStore(join(folder, 'registry.sqlite')));
const redis = await measure(new RedisStore(server.settings('bench')));
await server.dispose();
rmSync(folder, { recursive: true });
const line = `median commit of ${TRACKERS} trackers: SQLite ${sqlite.toFixed(1)} ms, Redis ${redis.toFixed(1)} ms, ${(redis / sqlite).toFixed(2)} times as long`;
process.stdout.write(`${line}\n`);

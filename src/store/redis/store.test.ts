import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeCommandStore } from '../command-store.contract.ts';
import { describeDocumentStore } from '../document-store.contract.ts';
import { describeNameStore } from '../name-store.contract.ts';
import { aTracker, registered } from '../samples.ts';
import { describeTrackerStore } from '../tracker-store.contract.ts';
import { RedisCluster, RedisServer } from './server-fixture.ts';
import { RedisStore } from './store.ts';

let server: RedisServer;
let cluster: RedisCluster;
beforeAll(async () => {
  [server, cluster] = await Promise.all([RedisServer.start(), RedisCluster.start()]);
}, 60_000);
afterAll(() => Promise.all([server.dispose(), cluster.dispose()]));

/** A namespace of its own for each test, all on one server. */
function makeFixture() {
  const namespace = randomUUID();
  return { open: () => new RedisStore(server.settings(namespace)), dispose: () => undefined };
}

/** The same in a cluster, where namespaces are spread over the masters. */
function makeClusterFixture() {
  const namespace = randomUUID();
  return { open: () => new RedisStore(cluster.settings(namespace)), dispose: () => undefined };
}

describeTrackerStore('Redis', makeFixture);
describeCommandStore('Redis', makeFixture);
describeDocumentStore('Redis', makeFixture);
describeNameStore('Redis', makeFixture);

describeTrackerStore('A cluster of Redis', makeClusterFixture);
describeCommandStore('A cluster of Redis', makeClusterFixture);
describeDocumentStore('A cluster of Redis', makeClusterFixture);
describeNameStore('A cluster of Redis', makeClusterFixture);

test('namespaces know nothing of each other', async () => {
  const [one, other] = [makeFixture().open(), makeFixture().open()];
  await one.register(registered(aTracker('a')));
  expect(await other.trackers({ most: 9 })).toEqual([]);
  expect(await other.statusCounts()).toEqual([]);
  one.close();
  other.close();
});

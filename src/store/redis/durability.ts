/** What the settings of a Redis server may cost, in words: the promise of the gateway is as good as what Redis keeps. */
import type { Cluster, Redis } from 'ioredis';

/** Looks at every master. What it may not ask is said, too. */
export async function durabilityDoubts(client: Redis | Cluster): Promise<string[]> {
  const servers = 'nodes' in client ? client.nodes('master') : [client];
  const doubts = await Promise.all(servers.map(doubtsOf));
  return [...new Set(doubts.flat())];
}

async function doubtsOf(server: Redis): Promise<string[]> {
  let settings: Readonly<Record<string, string>>;
  try {
    const names = ['appendonly', 'appendfsync', 'maxmemory', 'maxmemory-policy', 'min-replicas-to-write'];
    const pairs = (await server.call('CONFIG', 'GET', ...names)) as string[];
    settings = Object.fromEntries(pairs.flatMap((name, i) => (i % 2 === 0 ? [[name, pairs[i + 1] ?? '']] : [])));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [`how Redis keeps its data cannot be asked (${why}): see that it appends to a file and syncs it`];
  }
  const doubts: string[] = [];
  if (settings['appendonly'] !== 'yes') {
    doubts.push('appendonly is off: when Redis stops, what came since its last snapshot is lost, registrations included');
  } else if (settings['appendfsync'] !== 'always') {
    const fsync = settings['appendfsync'] ?? 'unknown';
    doubts.push(`appendfsync is ${fsync}: with a crash of its machine the last registrations are lost; always loses none`);
  }
  if (settings['maxmemory'] !== '0' && settings['maxmemory-policy'] !== 'noeviction') {
    const policy = settings['maxmemory-policy'] ?? 'unknown';
    doubts.push(`maxmemory-policy is ${policy}: Redis may throw away what it was told to keep; noeviction does not`);
  }
  const replication = await server.info('replication');
  if (/connected_slaves:[1-9]/.test(replication) && settings['min-replicas-to-write'] === '0') {
    doubts.push('it has replicas and min-replicas-to-write is 0: a failover loses what the new master has not got yet');
  }
  return doubts;
}

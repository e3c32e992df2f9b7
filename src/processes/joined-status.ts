import type { LedgerRow } from '../observe/ledger.ts';
import type { Bucket, GatewayStatus, ListenerStatus } from '../observe/status.ts';

/**
 * The status of a gateway of several processes, from theirs: what is counted is added up, and what one lacks the whole lacks. It has run
 * since the youngest was started, because rates are measured from there.
 */
export function joinedStatus(statuses: readonly [GatewayStatus, ...GatewayStatus[]]): GatewayStatus {
  return statuses.reduce(joinTwo);
}

function joinTwo(one: GatewayStatus, other: GatewayStatus): GatewayStatus {
  return {
    at: Math.max(one.at, other.at),
    startedAt: Math.max(one.startedAt, other.startedAt),
    version: one.version,
    rssBytes: one.rssBytes + other.rssBytes,
    cpuSeconds: one.cpuSeconds + other.cpuSeconds,
    listeners: joinBy(one.listeners, other.listeners, ({ name }) => name, joinListeners),
    senders: {
      named: one.senders.named + other.senders.named,
      unnamed: one.senders.unnamed + other.senders.unnamed,
    },
    ledger: joinBy(one.ledger, other.ledger, ({ listener, protocol }) => `${listener} ${protocol}`, joinRows),
    ackDelay: joinBuckets(one.ackDelay, other.ackDelay),
    spool: joinSpools(one.spool, other.spool),
    sink: joinSinks(one.sink, other.sink),
    // The engine is one: each tells of the same.
    engineRestarts: Math.max(one.engineRestarts, other.engineRestarts),
    registry: {
      reachable: one.registry.reachable && other.registry.reachable,
      uncommitted: one.registry.uncommitted + other.registry.uncommitted,
    },
    imbalance: one.imbalance + other.imbalance,
  };
}

/** Joins those that both have, and keeps those of the one and of the other. */
function joinBy<Item>(
  ones: readonly Item[],
  others: readonly Item[],
  keyOf: (item: Item) => string,
  join: (one: Item, other: Item) => Item,
): Item[] {
  const joined = new Map(ones.map((one) => [keyOf(one), one]));
  for (const other of others) {
    const one = joined.get(keyOf(other));
    joined.set(keyOf(other), one === undefined ? other : join(one, other));
  }
  return [...joined.values()];
}

function joinListeners(one: ListenerStatus, other: ListenerStatus): ListenerStatus {
  return {
    ...one,
    connections: one.connections + other.connections,
    connectionsMost:
      one.connectionsMost === null || other.connectionsMost === null ? null : one.connectionsMost + other.connectionsMost,
    owed: one.owed + other.owed,
    kernelDrops: one.kernelDrops === null ? other.kernelDrops : one.kernelDrops + (other.kernelDrops ?? 0),
  };
}

function joinRows(one: LedgerRow, other: LedgerRow): LedgerRow {
  const refusedBy: Partial<Record<keyof LedgerRow['refusedBy'], number>> = { ...one.refusedBy };
  for (const [code, count] of Object.entries(other.refusedBy) as [keyof LedgerRow['refusedBy'], number][]) {
    refusedBy[code] = (refusedBy[code] ?? 0) + count;
  }
  return {
    ...one,
    received: one.received + other.received,
    stored: one.stored + other.stored,
    duplicate: one.duplicate + other.duplicate,
    quarantined: one.quarantined + other.quarantined,
    refused: one.refused + other.refused,
    refusedBy,
    inFlight: one.inFlight + other.inFlight,
  };
}

/** Buckets count all up to their bound, and every process has the same bounds; one without observations has none. */
function joinBuckets(ones: readonly Bucket[], others: readonly Bucket[]): readonly Bucket[] {
  if (ones.length === 0) return others;
  return ones.map(({ le, count }, at) => ({ le, count: count + (others[at]?.count ?? 0) }));
}

function joinSpools(one: GatewayStatus['spool'], other: GatewayStatus['spool']): GatewayStatus['spool'] {
  const oldest = [one, other].flatMap(({ oldestReceivedAt }) => oldestReceivedAt ?? []);
  return {
    accepting: one.accepting && other.accepting,
    waitingFrames: one.waitingFrames + other.waitingFrames,
    oldestReceivedAt: oldest.length === 0 ? null : Math.min(...oldest),
    bytes: one.bytes + other.bytes,
    budgetBytes: one.budgetBytes + other.budgetBytes,
    syncs: one.syncs + other.syncs,
  };
}

function joinSinks(one: GatewayStatus['sink'], other: GatewayStatus['sink']): GatewayStatus['sink'] {
  if (one === null || other === null) return null;
  return {
    reachable: one.reachable && other.reachable,
    waitingRows: one.waitingRows + other.waitingRows,
    lagFrames: one.lagFrames + other.lagFrames,
    lastFailure: one.lastFailure ?? other.lastFailure,
  };
}

/** How a gateway is at one moment, as one JSON document: for `top` and for whoever shows it otherwise. */
import type { EpochMs } from '#model/clocks';
import type { LedgerRow } from './ledger.ts';

/** Observations up to a bound, since the start of the process. */
export interface Bucket {
  /** Upper bound, seconds; `null` is no bound. */
  le: number | null;
  /** Observations at or below it. */
  count: number;
}

/** One port or subscription. */
export interface ListenerStatus {
  name: string;
  transport: 'tcp' | 'udp' | 'mqtt';
  port: number;
  protocols: readonly string[];
  connections: number;
  /** Connections it may have; `null` where nothing bounds them. */
  connectionsMost: number | null;
  /** Acks that devices wait for. */
  owed: number;
  /** Datagrams the kernel threw away, since the port was opened; `null` where it does not tell. */
  kernelDrops: number | null;
}

export interface GatewayStatus {
  at: EpochMs;
  startedAt: EpochMs;
  version: string;
  /** Memory of the process, bytes. */
  rssBytes: number;
  /** Time the process has spent computing, seconds. */
  cpuSeconds: number;
  listeners: readonly ListenerStatus[];
  /** Senders that are connected: those that named themselves, and those that have not. */
  senders: { named: number; unnamed: number };
  ledger: readonly LedgerRow[];
  /** Time from a frame to its ack. */
  ackDelay: readonly Bucket[];
  spool: {
    accepting: boolean;
    waitingFrames: number;
    oldestReceivedAt: EpochMs | null;
    bytes: number;
    budgetBytes: number;
    syncs: number;
  };
  /** `null` until ClickHouse was reached. */
  sink: { reachable: boolean; waitingRows: number; lagFrames: number; lastFailure: string | null } | null;
  /** Restarts of the embedded engine. */
  engineRestarts: number;
  /** The store of trackers and keys, and what is read and not in it yet. */
  registry: { reachable: boolean; uncommitted: number };
  /** Frames by which the ledger does not add up. */
  imbalance: number;
}

/** What of a ledger row has changed between two moments. */
export interface Flow {
  listener: string;
  protocol: string;
  /** Frames a second. */
  receivedPerS: number;
  storedPerS: number;
  duplicatePerS: number;
  quarantinedPerS: number;
  refusedPerS: number;
  inFlight: number;
}

/** The rates between two statuses of one life of a gateway, by listener and protocol. */
export function flowsBetween(before: GatewayStatus, after: GatewayStatus): Flow[] {
  const seconds = Math.max(0.001, (after.at - before.at) / 1_000);
  return after.ledger.map((row) => {
    const base = before.ledger.find(({ listener, protocol }) => listener === row.listener && protocol === row.protocol);
    const rate = (column: 'received' | 'stored' | 'duplicate' | 'quarantined' | 'refused'): number =>
      (row[column] - (base?.[column] ?? 0)) / seconds;
    return {
      listener: row.listener,
      protocol: row.protocol,
      receivedPerS: rate('received'),
      storedPerS: rate('stored'),
      duplicatePerS: rate('duplicate'),
      quarantinedPerS: rate('quarantined'),
      refusedPerS: rate('refused'),
      inFlight: row.inFlight,
    };
  });
}

/**
 * The value below which a share of the observations between two moments lies, seconds: the upper bound of its bucket. `null`
 * where nothing was observed between them, infinite where it lies beyond all bounds.
 */
export function quantileBetween(before: readonly Bucket[], after: readonly Bucket[], share: number): number | null {
  const counts = after.map(({ le, count }, i) => ({ le, count: count - (before[i]?.count ?? 0) }));
  const all = counts.at(-1)?.count ?? 0;
  if (all <= 0) return null;
  const found = counts.find(({ count }) => count >= all * share);
  return found?.le ?? Infinity;
}

/** How long what waits will take at the rate at which frames were settled between two moments, seconds; `null` where none was. */
export function drainSeconds(before: GatewayStatus, after: GatewayStatus): number | null {
  const perS = flowsBetween(before, after).reduce(
    (sum, flow) => sum + flow.storedPerS + flow.duplicatePerS + flow.quarantinedPerS,
    0,
  );
  return perS <= 0 ? null : after.spool.waitingFrames / perS;
}

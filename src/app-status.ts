/** Reads the parts of a gateway into one status. */
import type { Clock, EpochMs } from '#model/clocks';
import { imbalanceOf, type GatewayParts } from './app-metrics.ts';
import type { RunningListener } from './app-services.ts';
import { limitsOf, type Config } from './config/schema.ts';
import { askAt } from './observe/ask.ts';
import type { Metrics } from './observe/metrics.ts';
import type { GatewayStatus, ListenerStatus } from './observe/status.ts';
import type { Visits } from './observe/visits.ts';
import { joinedStatus } from './processes/joined-status.ts';

/** What a status is read from. */
export interface StatusParts {
  parts: GatewayParts;
  metrics: Metrics;
  visits: Visits;
  config: Config;
  version: string;
  startedAt: EpochMs;
  now: Clock;
}

/** Gives the status of this moment. */
export async function statusOf({
  parts,
  metrics,
  visits,
  config,
  version,
  startedAt,
  now,
}: StatusParts): Promise<GatewayStatus> {
  const { spool } = parts;
  const { backlogRecords, oldestReceivedAt, totalBytes, commits } = spool.stats();
  const sink = parts.sink();
  const { user, system } = process.cpuUsage();
  return {
    at: now(),
    startedAt,
    version,
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    listeners: parts.listeners().map((listener) => listenerStatus(listener, config)),
    senders: visits.counts(),
    ledger: parts.ledger.snapshot(),
    ackDelay: metrics.buckets('ack_delay_seconds'),
    spool: {
      accepting: spool.accepting,
      waitingFrames: backlogRecords,
      oldestReceivedAt,
      bytes: totalBytes,
      budgetBytes: config.spool.budgetBytes,
      syncs: commits,
    },
    sink:
      sink === null
        ? null
        : {
            reachable: sink.reachable,
            waitingRows: sink.waitingRows,
            lagFrames: sink.lagFrames,
            lastFailure: sink.lastFailure === null ? null : `${sink.lastFailure.code}: ${sink.lastFailure.detail}`,
          },
    engineRestarts: parts.engineRestarts(),
    registry: { reachable: !parts.book.isAway, uncommitted: parts.book.uncommitted },
    imbalance: imbalanceOf(parts),
  };
}

/** Gives the status of the whole gateway, where others of its processes answer in these folders. */
export async function statusOfAll(own: Promise<GatewayStatus>, others: readonly string[]): Promise<GatewayStatus> {
  const [first, ...told] = await Promise.all([own, ...others.map((folder) => askAt<GatewayStatus>(folder, 'status', {}))]);
  return joinedStatus([first, ...told.filter((status) => status !== null)]);
}

function listenerStatus(
  { name, port, connections, owed, kernelDrops = null }: RunningListener,
  config: Config,
): ListenerStatus {
  const found = config.listeners.find((listener) => listener.name === name);
  const counts = { name, port, connections, owed, kernelDrops };
  if (found === undefined) {
    const subscription = config.subscriptions.find((one) => one.name === name);
    return { ...counts, transport: 'mqtt', protocols: subscription?.protocols ?? [], connectionsMost: null };
  }
  const { transport, protocols } = found;
  return { ...counts, transport, protocols, connectionsMost: limitsOf(config, found).connections };
}

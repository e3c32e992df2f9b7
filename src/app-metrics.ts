import type { Clock } from '#model/clocks';
import type { RunningListener } from './app-services.ts';
import type { Config } from './config/schema.ts';
import type { HeldFrames, Ledger } from './observe/ledger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Journal } from './session/journal.ts';
import type { SinkStatus } from './sink/clickhouse/sink.ts';
import type { Spool } from './spool/spool.ts';
import type { StoredBook } from './store/book.ts';
import type { Store } from './store/store.ts';

/** What the metrics of a gateway are read from. */
export interface GatewayParts {
  now: Clock;
  ledger: Ledger;
  spool: Spool;
  store: Store;
  book: Pick<StoredBook, 'isAway' | 'uncommitted'>;
  listeners: () => RunningListener[];
  /** `null` until ClickHouse was reached. */
  sink: () => SinkStatus | null;
  engineRestarts: () => number;
  /** Frames that spool and pipeline hold, counted by themselves. */
  held: () => HeldFrames[];
}

/** Has the metrics read from the parts of a gateway whenever they are asked for. */
export function exportMetrics(metrics: Metrics, parts: GatewayParts, config: Config): void {
  const { ledger, spool } = parts;
  metrics.pullLedger(ledger);
  metrics.pull('ledger_imbalance_frames', () => imbalanceOf(parts));
  metrics.pull('ledger_held_frames', () => parts.held().map(({ frames, ...labels }) => ({ labels, value: frames })));
  metrics.pull('connections', () =>
    parts.listeners().map(({ name, connections }) => ({ labels: { listener: name }, value: connections })),
  );
  metrics.pull('udp_kernel_drops_total', () => perListener(parts, ({ kernelDrops }) => kernelDrops));
  metrics.pull('udp_receive_buffer_bytes', () => perListener(parts, ({ receiveBufferBytes }) => receiveBufferBytes));
  metrics.pull('sockets_paused', () => (spool.accepting ? 0 : 1));
  metrics.pull('spool_accepting', () => (spool.accepting ? 1 : 0));
  metrics.pull('spool_bytes', () => spool.stats().totalBytes);
  metrics.pull('spool_budget_bytes', () => config.spool.budgetBytes);
  metrics.pull('spool_segments', () => spool.stats().segments);
  metrics.pull('spool_waiting_frames', () => spool.stats().backlogRecords);
  metrics.pull('spool_oldest_frame_age_seconds', () => {
    const { oldestReceivedAt } = spool.stats();
    return oldestReceivedAt === null ? 0 : Math.max(0, parts.now() - oldestReceivedAt) / 1_000;
  });
  metrics.pull('spool_syncs_total', () => spool.stats().commits);
  metrics.pull('sink_up', () => (parts.sink()?.reachable === true ? 1 : 0));
  metrics.pull('sink_waiting_rows', () => parts.sink()?.waitingRows ?? 0);
  metrics.pull('engine_restarts_total', parts.engineRestarts);
  metrics.pull('store_up', () => (parts.book.isAway ? 0 : 1));
  metrics.pull('store_uncommitted', () => parts.book.uncommitted);
  metrics.pull('commands', async () =>
    Object.entries(await parts.store.commands.counts()).map(([status, value]) => ({ labels: { status }, value })),
  );
  metrics.pull('trackers', async () => {
    const counts = await parts.store.statusCounts();
    return counts.map(({ provider, status, trackers }) => ({ labels: { provider, status }, value: trackers }));
  });
}

/** Frames by which a ledger does not add up: what it says is in flight is not what is held. */
export function imbalanceOf({ ledger, held }: Pick<GatewayParts, 'ledger' | 'held'>): number {
  return ledger.imbalances(held()).reduce((sum, one) => sum + Math.abs(one.inFlight - one.held), 0);
}

/** A value of each listener that has it. */
function perListener(parts: GatewayParts, valueOf: (listener: RunningListener) => number | null | undefined) {
  return parts.listeners().flatMap((listener) => {
    const value = valueOf(listener) ?? null;
    return value === null ? [] : [{ labels: { listener: listener.name }, value }];
  });
}

/** The journal, with the time each frame waits for its receipt observed. */
export function timedJournal(journal: Journal, metrics: Metrics, now: Clock): Journal {
  return {
    append: (record, durable, lost) => {
      const timed = () => {
        metrics.observe('ack_delay_seconds', Math.max(0, now() - record.receivedAt) / 1_000);
        durable();
      };
      journal.append(record, timed, lost);
    },
    get accepting() {
      return journal.accepting;
    },
    onAccepting: (listener) => journal.onAccepting(listener),
  };
}

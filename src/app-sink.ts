/** Opens ClickHouse and the sink in it. */
import type { Clock } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import { sinkSettingsOf, type Config } from './config/schema.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Membership } from './processes/membership.ts';
import type { EngineAt } from './processes/orders.ts';
import { ClickHouse } from './sink/clickhouse/clickhouse.ts';
import type { ClickHouseSink } from './sink/clickhouse/sink.ts';

/** What the sink is put together from. */
export interface SinkParts {
  config: Pick<Config, 'clickhouse'>;
  spoolId: string;
  /** What the sink had when its checkpoint was written. */
  storedThrough: SpoolSeq;
  logger: Logger;
  metrics: Metrics;
  now: Clock;
}

/** Opens ClickHouse, and closes it again where the signal has come meanwhile: then it rejects with its reason. */
export async function openClickHouse(
  settings: Config['clickhouse'],
  logger: Logger,
  signal: AbortSignal,
  member: Membership | null = null,
): Promise<ClickHouse> {
  // One process makes the tables, and runs the engine, for all.
  await member?.untilReached(signal);
  const running = member === null || member.engine === null ? undefined : (): EngineAt => member.engine as EngineAt;
  const onRestart = (why: string): void => {
    logger.warn({ code: 'sink_engine', why }, 'the embedded engine ended and is started again');
  };
  const clickhouse = await ClickHouse.open(settings, onRestart, signal, running);
  if (!signal.aborted) return clickhouse;
  await clickhouse.close();
  throw signal.reason;
}

/** Opens the sink. */
export function openSink(clickhouse: ClickHouse, parts: SinkParts): Promise<ClickHouseSink> {
  const { config, spoolId, storedThrough, logger, metrics, now } = parts;
  return clickhouse.openSink({
    spoolId,
    storedThrough,
    ...sinkSettingsOf(config.clickhouse),
    now,
    onFailure: ({ code, detail }) => {
      metrics.count('errors_total', { code });
      logger.warn({ code, detail }, 'an insert failed');
    },
    onInserted: (table, rows, ms) => {
      metrics.count('sink_rows_total', { table }, rows);
      metrics.observe('sink_insert_seconds', ms / 1_000);
    },
  });
}

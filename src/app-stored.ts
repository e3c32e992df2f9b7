/** Waits for the sink. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SpoolSeq } from '#model/frame-record';
import type { ClickHouseSink } from './sink/clickhouse/sink.ts';

const POLL_MS = 5;

/** Waits until the sink has everything up to a position, with what waits sent at once. Rejects when `signal` aborts. */
export async function untilStored(sink: () => ClickHouseSink | null, through: SpoolSeq, signal: AbortSignal): Promise<void> {
  while ((sink()?.storedThrough ?? -1) < through) {
    signal.throwIfAborted();
    await sink()?.flush(signal);
    await pause(POLL_MS);
  }
}

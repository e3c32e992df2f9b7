import type { CaptureEntry } from '../entry.ts';
import { READERS, type SourceFormat } from './formats.ts';
import { DEFAULTS, type ReadOptions } from './reader.ts';
import { TransferReport } from './report.ts';

/** What came out of a source. */
export interface Imported {
  entries: CaptureEntry[];
  report: TransferReport;
  /** How often each reason was met, of skips and notes alike. */
  counts: Record<string, number>;
}

/** Reads a source as a whole, in pieces of `pieceBytes` or at once. For tests. */
export function imported(
  format: SourceFormat,
  source: string | Uint8Array,
  options: Partial<ReadOptions> = {},
  pieceBytes = Infinity,
): Imported {
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source) : source;
  const report = new TransferReport();
  const reader = READERS[format]({ ...DEFAULTS, ...options }, report);
  const entries: CaptureEntry[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const entry of reader.push(bytes.slice(at, at + pieceBytes))) entries.push(entry);
  }
  entries.push(...reader.end());
  const counts = Object.fromEntries([...report.skipped, ...report.noted].map(({ reason, count }) => [reason, count]));
  return { entries, report, counts };
}

/** Bytes as hex digits or, with `text`, as Latin-1. */
export function bodies(entries: readonly CaptureEntry[], form: 'hex' | 'latin1' = 'hex'): string[] {
  return entries.map(({ bytes }) => Buffer.from(bytes).toString(form));
}

/** What each session said, all its bytes of a direction joined, in the order of its first entry. */
export function streams(entries: readonly CaptureEntry[], direction: 'in' | 'out' = 'in'): string[] {
  const bySession = Map.groupBy(
    entries.filter((entry) => entry.direction === direction),
    ({ sessionId }) => sessionId,
  );
  return [...bySession.values()].map((list) => bodies(list).join(''));
}

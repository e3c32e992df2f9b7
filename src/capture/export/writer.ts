import type { EpochMs } from '#model/clocks';
import type { CaptureEntry } from '../entry.ts';
import type { TransferReport } from '../import/report.ts';

/**
 * Writes entries in the form of a source. What the form has no place for is not written, and the report says so. Its memory is
 * bounded but for a few numbers for each session.
 */
export interface EntryWriter {
  /** What the file begins with. */
  begin(): Uint8Array;
  /** What an entry adds; nothing where the report says why. */
  write(entry: CaptureEntry): Uint8Array;
  /** What is left at the end. */
  end(): Uint8Array;
}

export type MakeWriter = (report: TransferReport) => EntryWriter;

export const NOTHING = new Uint8Array(0);

/** The bytes of a text. */
export function textBytes(text: string): Uint8Array {
  return text === '' ? NOTHING : new TextEncoder().encode(text);
}

/** Latest time a JavaScript date can have. */
const LAST_MS = 8_640_000_000_000_000;

/** A time as ISO 8601 writes it; the nearest there is for one that no date can have. */
export function isoTime(at: EpochMs): string {
  return new Date(Math.max(-LAST_MS, Math.min(at, LAST_MS))).toISOString();
}

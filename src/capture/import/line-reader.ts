import type { EpochMs } from '#model/clocks';
import type { CaptureEntry } from '../entry.ts';
import { LineCutter } from './line-cutter.ts';
import type { EntryReader, ReadOptions } from './reader.ts';
import type { TransferReport } from './report.ts';

/** A format whose lines are read one by one. */
export interface LineFormat {
  /** Gives the entries that are whole with this line, which is not blank. */
  line(text: string, number: number): readonly CaptureEntry[];
  /** Gives what was waited with. */
  end?(): readonly CaptureEntry[];
}

/** Nothing came of a line. */
export const NO_ENTRIES: readonly CaptureEntry[] = [];

/** Reads a format of lines. */
export class LineReader implements EntryReader {
  readonly #format: LineFormat;
  readonly #lines: LineCutter;
  #entries: CaptureEntry[] = [];

  constructor(format: LineFormat, report: TransferReport) {
    this.#format = format;
    this.#lines = new LineCutter((text, number) => {
      if (text === null) report.skip('too-long', `line ${number}`);
      else if (text.trim() !== '') for (const entry of format.line(text, number)) this.#entries.push(entry);
    });
  }

  push(chunk: Uint8Array): CaptureEntry[] {
    this.#lines.push(chunk);
    return this.#taken();
  }

  end(): CaptureEntry[] {
    this.#lines.end();
    this.#entries.push(...(this.#format.end?.() ?? NO_ENTRIES));
    return this.#taken();
  }

  #taken(): CaptureEntry[] {
    const taken = this.#entries;
    this.#entries = [];
    return taken;
  }
}

/** The time of a line, or the one that is given to those without: the report says so. */
export function timeOr(at: EpochMs | null, options: ReadOptions, report: TransferReport, number: number): EpochMs {
  if (at !== null) return at;
  report.note('no-time', `line ${number}`, `taken as ${new Date(options.at).toISOString()}`);
  return options.at;
}

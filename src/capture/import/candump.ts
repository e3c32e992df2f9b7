import type { CaptureEntry } from '../entry.ts';
import { CanBatches } from './can-batches.ts';
import { readCandumpLine } from './candump-line.ts';
import { NO_ENTRIES, timeOr, type LineFormat } from './line-reader.ts';
import type { ReadOptions } from './reader.ts';
import type { TransferReport } from './report.ts';

/** Who sent CAN frames for which no ident is given. */
const UNKNOWN_CAN_BOX = 'can-box';

/** Reads what candump prints and logs: CAN frames, which become frames of the can-frames protocol. */
export class Candump implements LineFormat {
  readonly #options: ReadOptions;
  readonly #report: TransferReport;
  readonly #batches: CanBatches;

  constructor(options: ReadOptions, report: TransferReport) {
    this.#options = options;
    this.#report = report;
    this.#batches = new CanBatches(options.ident ?? UNKNOWN_CAN_BOX, options.canWindowMs);
  }

  end(): readonly CaptureEntry[] {
    return this.#batches.end();
  }

  line(text: string, number: number): readonly CaptureEntry[] {
    if (text.trimStart().startsWith('#')) return NO_ENTRIES;
    const read = readCandumpLine(text, this.#options.localTime);
    if (read.kind === 'skip') {
      this.#report.skip(read.reason, `line ${number}`, text);
      return NO_ENTRIES;
    }
    return this.#batches.add(read.frame, timeOr(read.frame.at, this.#options, this.#report, number));
  }
}

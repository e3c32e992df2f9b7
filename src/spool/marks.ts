import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';

const MARK_BYTES = 1024 * 1024;
const MARK_MS = 1_000;

/** A place in a segment: from record `seq` at `offset` on, up to and including record `through`. */
export interface Mark {
  seq: SpoolSeq;
  through: SpoolSeq;
  offset: number;
  /** When record `seq` was received. */
  receivedAt: EpochMs;
}

/**
 * Adds records `seq` to `through` to the marks of their segment. A mark stands for about a mebibyte or a second, whichever is
 * less: enough to find a record, an age or a backlog, and few enough to keep in memory.
 */
export function addMark(marks: Mark[], seq: SpoolSeq, through: SpoolSeq, offset: number, receivedAt: EpochMs): void {
  const last = marks.at(-1);
  if (last !== undefined && offset - last.offset < MARK_BYTES && Math.abs(receivedAt - last.receivedAt) < MARK_MS) {
    last.through = through;
  } else marks.push({ seq, through, offset, receivedAt });
}

/** The last mark that begins at or before `seq`; `undefined` where all begin behind it. */
export function markBefore(marks: readonly Mark[], seq: SpoolSeq): Mark | undefined {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle] as Mark).seq <= seq) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1];
}

/** The first mark with records at or behind `seq`. */
export function markFor(marks: readonly Mark[], seq: SpoolSeq): Mark | undefined {
  const before = markBefore(marks, seq);
  if (before !== undefined && before.through >= seq) return before;
  return marks[before === undefined ? 0 : marks.indexOf(before) + 1];
}

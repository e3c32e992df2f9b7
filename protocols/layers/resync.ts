/**
 * Looking for the next frame after bytes that are none. What a codec knows is how a frame begins; the rest is the same for all:
 * a decision waits until the bytes it rests on are there, no later byte changes it, and garbage without end is refused a window
 * at a time, so that nothing grows.
 */
import { fault } from '#errors/fault';
import type { Split } from '#protocols/codec';

/**
 * Says whether a frame starts at `at`, judged by the bytes before `to`: `none` for certain not, `partial` while they are too few
 * to tell, any other word where one does.
 */
export type MarkAt = (bytes: Uint8Array, at: number, to: number) => string;

/** Longest run of bytes refused in one piece. */
export const RESYNC_WINDOW = 1024;

/** Gives the first offset in `(from, end)` where a frame can start, judged by the bytes before `end` alone, or `end`. */
export function nextPossibleStart(markAt: MarkAt, bytes: Uint8Array, from: number, end: number): number {
  for (let at = from + 1; at < end; at++) if (markAt(bytes, at, end) !== 'none') return at;
  return end;
}

/** Refuses what starts no frame at `from`, up to the next frame or the window's end, as soon as that is certain. */
export function refuseUpToNextFrame(markAt: MarkAt, bytes: Uint8Array, from: number, to: number): Split {
  const window = from + RESYNC_WINDOW;
  let end = from + 1;
  for (; end < window; end++) {
    const mark = markAt(bytes, end, to);
    if (mark === 'partial') return { kind: 'need-more', atLeast: to - from + 1 };
    if (mark !== 'none') break;
  }
  return { kind: 'refused', end, fault: fault('wire_resync', 0, `${end - from} bytes that start no frame`) };
}

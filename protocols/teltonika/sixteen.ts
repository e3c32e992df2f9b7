/** The group of sixteen-byte elements, which some devices send and no document of the vendor has (`CODEC_8_WIDE`). */
import type { Trace } from '#protocols/explain/trace';
import { addState, type Message } from '#model/message';
import { toHex } from '#wire/hex';
import { nameElement, nameGroup } from './explain.ts';
import { rawKey } from './io-table.ts';

/** Keeps each element under its number. Gives the offset after the last, or -1 where they do not end by `end`. */
export function readSixteen(bytes: Uint8Array, from: number, end: number, message: Message, trace: Trace | null): number {
  let at = from + 1;
  if (at > end) return -1;
  const count = bytes[from] as number;
  const next = at + count * 17;
  const group = trace === null ? undefined : nameGroup(trace, from, 1, 16, count, 'in no document');
  if (next > end) return -1;
  for (; at < next; at += 17) {
    addState(message, rawKey(bytes[at] as number), toHex(bytes.subarray(at + 1, at + 17)));
    if (trace !== null) nameElement(trace, bytes[at] as number, at, at + 1, at + 1, at + 17, {});
  }
  trace?.close(group, next);
  return at;
}

/**
 * The form of an explanation: a tree of named ranges of a frame. The leaves lie side by side from its first byte to its last, so
 * that every byte belongs to exactly one of them; what holds several of them together (a record, an element) is a span too.
 * Plain values throughout: what a console, an API or a test is given.
 */
import type { Fault } from '#errors/fault';

/** Something a message states because of these bytes. */
export interface Reading {
  /** A key of the signal catalogue or of the codec's own, `event`, `deviceTime`, `stored`, or `fix.` and a part of the fix. */
  key: string;
  /** In the unit beside it. Of an event its code. */
  value: number | string | boolean;
  /** Name of the unit, as the catalogue has it; `null` for what has none. */
  unit: string | null;
  /** What the key stands for, in the catalogue's words; `null` for a key that is in none. */
  meaning: string | null;
}

export interface Span {
  name: string;
  /** Offset in the frame. */
  from: number;
  /** Offset after it. */
  end: number;
  /** The bytes of a leaf; `null` where the span has children. */
  hex: string | null;
  /** The number or text as it is on the wire, before any scale; `null` where there is none but the bytes. */
  raw: number | string | null;
  /** What the bytes say of the frame itself: a length, a count, a kind in words. */
  value: number | string | null;
  unit: string | null;
  meaning: string | null;
  /** Where the specification describes it; a span without its own has that of the span around it. */
  section: string | null;
  /** What the message states because of these bytes, as the decode left it. */
  readings: Reading[];
  /** What is wrong here. A leaf named `NOT_DECODED` has the fault that kept the decode from it. */
  faults: Fault[];
  children: Span[];
}

/** Name of the leaves that no decode has read. */
export const NOT_DECODED = 'not decoded';

/** The leaves of a span in the order of the bytes. */
export function leavesOf(span: Span): Span[] {
  return span.children.length === 0 ? [span] : span.children.flatMap(leavesOf);
}

/** The span and all below it, parents first. */
export function allSpans(span: Span): Span[] {
  return [span, ...span.children.flatMap(allSpans)];
}

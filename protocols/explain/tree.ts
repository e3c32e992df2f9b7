/**
 * Makes the explanation of a frame out of what a decode said of it: children in the order of the bytes, what nobody read filled in
 * with the fault that kept the decode from it, readings with the catalogue's units and words.
 */
import type { Fault } from '#errors/fault';
import { EVENTS } from '#model/events';
import type { Fix, Message } from '#model/message';
import { SIGNAL_BY_KEY } from '#model/signals';
import { UNITS } from '#model/signal-row';
import { toHex } from '#wire/hex';
import { leavesOf, NOT_DECODED, type Reading, type Span } from './span.ts';
import type { MessagePart, Stated, Trace, Traced } from './trace.ts';

/** An explanation, and what a codec did wrong in it: spans that overlap or leave their parent. They are cut to fit. */
export interface Explained {
  span: Span;
  flaws: string[];
}

/** Puts the tree together. `faults` are the decode's own, or those that kept the bytes from being decoded at all. */
export function explained(trace: Trace, faults: readonly Fault[]): Explained {
  const flaws: string[] = [];
  const build = (traced: Traced, from: number, end: number, section: string | null): Span => {
    const span = spanOf(traced, from, end, section);
    if (traced.inside !== null) span.children = childrenOf(traced, from, end, span.section);
    if (span.children.length === 0) span.hex = toHex(trace.frame.subarray(from, end));
    return span;
  };
  const childrenOf = ({ name, inside, end: open }: Traced, from: number, end: number, section: string | null): Span[] => {
    const sorted = (inside ?? []).filter((one) => one.end !== one.from).sort(inOrder);
    const children: Span[] = [];
    let at = from;
    for (const [index, child] of sorted.entries()) {
      const next = sorted[index + 1]?.from ?? end;
      const childEnd = Math.min(child.end ?? next, next, end);
      // Begun where there was nothing left to read.
      if (child.end === null && childEnd <= child.from) continue;
      if (child.from < at || childEnd <= child.from || (child.end !== null && childEnd < child.end))
        flaws.push(`${child.name} [${child.from},${child.end}) does not fit into ${name} [${from},${end}) at ${at}`);
      if (child.from < at || childEnd <= child.from) continue;
      if (child.from > at) children.push(notDecoded(at, child.from, section, trace));
      children.push(build(child, child.from, childEnd, section));
      at = childEnd;
    }
    if (at < end && (sorted.length > 0 || open === null)) children.push(notDecoded(at, end, section, trace));
    return children;
  };
  const { root, here } = trace;
  const span = build(root, 0, here, null);
  if (span.children.length === 0 && here > 0) {
    span.hex = null;
    span.children = [notDecoded(0, here, null, trace)];
  }
  blame(span, faults);
  return { span, flaws };
}

/** By place; of two at one place first the one that was left open there. */
function inOrder(a: Traced, b: Traced): number {
  return a.from - b.from || Number(b.end === null) - Number(a.end === null);
}

function notDecoded(from: number, end: number, section: string | null, { frame }: Trace): Span {
  const hex = toHex(frame.subarray(from, end));
  const nothing = { raw: null, value: null, unit: null, meaning: null };
  return { name: NOT_DECODED, from, end, hex, ...nothing, section, readings: [], faults: [], children: [] };
}

function spanOf({ name, notes, stated, message }: Traced, from: number, end: number, section: string | null): Span {
  const parts = notes.part === undefined ? [] : [notes.part].flat();
  return {
    name,
    from,
    end,
    hex: null,
    raw: notes.raw ?? null,
    value: notes.value ?? null,
    unit: notes.unit ?? null,
    meaning: notes.meaning ?? null,
    section: notes.section ?? section,
    readings: [...parts.flatMap((part) => readPart(part, message)), ...stated.map(readStated)],
    faults: [],
    children: [],
  };
}

function readStated([key, value]: Stated): Reading {
  if (key === 'event') {
    const meaning = Object.hasOwn(EVENTS, value) ? EVENTS[value as keyof typeof EVENTS] : null;
    return { key, value, unit: null, meaning };
  }
  const facts = SIGNAL_BY_KEY.get(key);
  const unit = facts === undefined || facts.unit === 'C62' ? null : UNITS[facts.unit];
  return { key, value, unit, meaning: facts?.description ?? null };
}

const PARTS: Record<MessagePart, readonly [unit: string | null, meaning: string]> = {
  deviceTime: [null, 'The clock of the device'],
  stored: [null, 'The message comes out of the device’s memory'],
  'fix.lat': ['degree', 'Latitude, north positive'],
  'fix.lon': ['degree', 'Longitude, east positive'],
  'fix.fixTime': [null, 'When the receiver solved the place'],
  'fix.valid': [null, 'The receiver has a lock'],
  'fix.altitudeM': ['metre', 'Height above the sea'],
  'fix.speedKmh': ['kilometre per hour', 'Speed over ground'],
  'fix.courseDeg': ['degree', 'Course, clockwise from north'],
  'fix.satellites': [null, 'Satellites used'],
  'fix.hdop': [null, 'Horizontal dilution of precision'],
};
const TIMES: ReadonlySet<MessagePart> = new Set(['deviceTime', 'fix.fixTime']);

/** What the message has in the end; nothing where it left the part out. */
function readPart(part: MessagePart, message: Message | null): Reading[] {
  const found = message === null ? null : valueOf(part, message);
  if (found === null) return [];
  const [unit, meaning] = PARTS[part];
  const value = TIMES.has(part) ? new Date(found as number).toISOString() : found;
  return [{ key: part, value, unit, meaning }];
}

function valueOf(part: MessagePart, message: Message): number | boolean | null {
  if (part === 'deviceTime' || part === 'stored') return message[part];
  return message.fix === null ? null : message.fix[part.slice('fix.'.length) as keyof Fix];
}

/**
 * Puts each fault where it was noticed. One that stopped the decode goes to the first bytes it kept from being read, where there
 * are any; bytes that nobody read for no fault of their own have the one that came before.
 */
function blame(root: Span, faults: readonly Fault[]): void {
  const leaves = leavesOf(root);
  const unread = leaves.filter(({ name }) => name === NOT_DECODED);
  for (const fault of faults) {
    const offset = Math.min(fault.offset ?? 0, root.end - 1);
    const noticed = fault.offset === null ? undefined : leaves.find(({ end }) => end > offset);
    const stopped = stops(fault) ? unread.find(({ end }) => end > offset) : undefined;
    (stopped ?? noticed ?? root).faults.push(fault);
  }
  const last = faults.findLast(stops) ?? faults.at(-1);
  for (const leaf of unread) if (leaf.faults.length === 0 && last !== undefined) leaf.faults.push(last);
}

/** A value that cannot be is passed over; anything else ends the reading. */
function stops({ code }: Fault): boolean {
  return code !== 'decode_range';
}

/**
 * What a decode says about the bytes while it reads them: which field they are, which number stands there, and what the message
 * states because of them.
 *
 * `Codec.explain` gives the decode a trace and `Codec.decode` gives it none; both are one code, and all the hot path pays is to
 * ask whether there is one. A trace only listens: what the message states is looked up in the message itself, so that an
 * explanation cannot say anything else than the decode.
 *
 *     const record = trace?.open('record', at);
 *     trace?.follow(message);
 *     trace?.field('time', at, at + 4, { part: 'deviceTime' });
 *     addSignal(message, 'wheels.speed.value', speed);
 *     trace?.field('speed', at + 4, at + 5, { raw: speed });   // takes what the message has gained since the last field
 *     trace?.close(record, at + 5);
 */
import type { Fix, Message } from '#model/message';

/** What of a message is neither signal nor state nor event. */
export type MessagePart = 'deviceTime' | 'stored' | `fix.${keyof Fix}`;

/** What a decode knows of a field besides its place. */
export interface Notes {
  /** The number or text as it is on the wire, before any scale. */
  readonly raw?: number | string;
  /** What the bytes say of the frame itself: a length, a count, a kind in words. */
  readonly value?: number | string;
  readonly unit?: string;
  readonly meaning?: string | null;
  /** Where the specification describes it. What is inside has the same, unless it says otherwise. */
  readonly section?: string;
  /** Parts of the message these bytes are. They are looked up when the decode is done. */
  readonly part?: MessagePart | readonly MessagePart[];
  /** What the message states because of these bytes, where it may have replaced what it stated before. */
  readonly states?: readonly Stated[];
}

/** Key and value of a signal, a state, or an `event`. */
export type Stated = readonly [key: string, value: number | string];

/** A range of the frame, as the decode named it. */
export interface Traced {
  readonly name: string;
  readonly from: number;
  /** `null` while it is open, and where the decode stopped inside. */
  end: number | null;
  notes: Notes;
  readonly stated: Stated[];
  /** The message whose parts it is. */
  message: Message | null;
  /** `null` for a field, which has nothing inside. */
  inside: Traced[] | null;
  /** Whether bytes of the field are missing. */
  readonly isCut: boolean;
}

/** Listens to one decode of one frame. */
export class Trace {
  readonly frame: Uint8Array;
  /** Bytes of the frame that are there: of one that was cut, the rest are zeros, and what is said of them is passed over. */
  readonly here: number;
  readonly root: Traced;
  readonly #open: Traced[];
  #message: Message | null = null;
  #seen = { signals: 0, states: 0, events: 0 };
  #isCut = false;

  constructor(frame: Uint8Array, here = frame.length) {
    this.frame = frame;
    this.here = here;
    this.root = { name: 'frame', from: 0, end: here, notes: {}, stated: [], message: null, inside: [], isCut: false };
    this.#open = [this.root];
  }

  /** Begins a span that holds others. What comes is inside it, until it is closed. */
  open(name: string, from: number, notes: Notes = {}): Traced {
    const span = { name, from, end: null, notes, stated: [], message: this.#message, inside: [], isCut: false };
    this.#add(span);
    this.#open.push(span);
    return span;
  }

  /** Ends a span; what was left open inside stays as it is: the decode stopped there. */
  close(span: Traced | undefined, end: number): void {
    const depth = span === undefined ? -1 : this.#open.lastIndexOf(span);
    if (span === undefined || depth < 1) return;
    this.#open.length = depth;
    if (end <= this.here) span.end = end;
    else this.#isCut = true;
  }

  /** Names the bytes of one field. It says what the message has gained since the last field, or what the notes say. */
  field(name: string, from: number, end: number, notes: Notes = {}): Traced {
    const isCut = end > this.here;
    const message = this.#message;
    const said = isCut ? { meaning: 'cut' } : notes;
    const span = { name, from, end: Math.min(end, this.here), notes: said, stated: [], message, inside: null, isCut };
    if (isCut) this.#isCut = true;
    this.#add(span);
    if (notes.states === undefined) this.credit(span);
    else this.#state(isCut ? [] : [span], notes.states);
    return span;
  }

  /**
   * Names bytes of a view. What the message states belongs to the span that is open where the view is no part of the frame, as
   * one put together from pieces is, and where there are no bytes.
   */
  part(view: Uint8Array, name: string, from: number, end: number, notes: Notes = {}): void {
    const base = this.offsetOf(view);
    if (base !== null && from < end) this.field(name, base + from, base + end, notes);
    else if (notes.states === undefined) this.concludeOpen();
    else this.#state([this.#innermost()], notes.states);
  }

  /** Names what no field has of an open span, up to `end`, and closes it. A span without any field is one itself. */
  fill(span: Traced | undefined, end: number, name: string, notes: Notes = {}): void {
    if (span === undefined) return;
    this.#open.length = Math.max(1, this.#open.lastIndexOf(span) + 1);
    let at = span.from;
    for (const { from, end: next } of (span.inside ?? []).toSorted((a, b) => a.from - b.from)) {
      if (from > at) this.field(name, at, from, notes);
      at = Math.max(at, next ?? end);
    }
    if (at < end && at > span.from) this.field(name, at, end, notes);
    this.close(span, end);
  }

  /** Adds what a span says, where the decode knows it better than the message shows. */
  say(span: Traced | undefined, stated: readonly Stated[]): void {
    if (span !== undefined && !span.isCut) this.#state([span], stated);
  }

  /** Says something of a span that turned out later. */
  remark(span: Traced | undefined, meaning: string): void {
    if (span !== undefined) span.notes = { ...span.notes, meaning };
  }

  /** Goes back into a field whose bytes turn out to have fields of their own; `undefined` where no field is exactly there. */
  reopen(view: Uint8Array): Traced | undefined {
    const from = this.offsetOf(view);
    const span =
      from === null || view.length === 0 ? undefined : fieldOver(this.root, from, Math.min(from + view.length, this.here));
    if (span === undefined) return undefined;
    span.inside = [];
    this.#open.push(span);
    return span;
  }

  /** The innermost span that holds others and all bytes of a view. */
  around(view: Uint8Array): Traced | undefined {
    const from = this.offsetOf(view);
    if (from === null) return undefined;
    let span = this.root;
    for (let next: Traced | undefined = span; next !== undefined;) {
      span = next;
      next = span.inside?.find((one) => one.inside !== null && one.from <= from && (one.end ?? 0) >= from + view.length);
    }
    return span;
  }

  /** The field named at an offset. */
  fieldAt(offset: number): Traced | undefined {
    return fieldOver(this.root, offset, offset + 1);
  }

  /** Says which message the fields that come make, and those inside of spans that were named before it was there. */
  follow(message: Message, ...spans: (Traced | undefined)[]): void {
    this.#message = message;
    this.#forget();
    for (const span of spans) if (span !== undefined) adopt(span, message);
  }

  /** Adds what the message has gained since the last field to an earlier one, whose bytes alone say it. */
  credit(span: Traced | undefined): void {
    const stated = this.#gained();
    this.#state(span === undefined || span.isCut ? [] : [span], stated);
  }

  /** Adds what the message has gained to fields that say it only together with others: nothing where one of those was cut off. */
  conclude(...spans: (Traced | undefined)[]): void {
    const stated = this.#gained();
    this.#state(this.#isCut ? [] : spans.flatMap((span) => span ?? []), stated);
  }

  /** Adds what the message has gained to the span that is open: it is said by several things inside. */
  concludeOpen(): void {
    this.conclude(this.#innermost());
  }

  /** Where a view begins in the frame; `null` where it is no part of it. */
  offsetOf(view: Uint8Array): number | null {
    const { frame } = this;
    const from = view.byteOffset - frame.byteOffset;
    return view.buffer === frame.buffer && from >= 0 && from + view.length <= frame.length ? from : null;
  }

  #innermost(): Traced {
    return this.#open.at(-1) ?? this.root;
  }

  #add(span: Traced): void {
    if (span.from < this.here) this.#innermost().inside?.push(span);
    else this.#isCut = true;
  }

  #state(spans: readonly Traced[], stated: readonly Stated[]): void {
    for (const span of spans) span.stated.push(...stated);
    this.#forget();
  }

  #gained(): Stated[] {
    const message = this.#message;
    if (message === null) return [];
    const { signals, states, events } = this.#seen;
    const numbers = message.signalKeys
      .slice(signals)
      .map((key, i) => [key, message.signalValues[signals + i] as number] as const);
    const texts = message.stateKeys.slice(states).map((key, i) => [key, message.stateValues[states + i] as string] as const);
    return [...numbers, ...texts, ...message.events.slice(events).map(({ code }) => ['event', code] as const)];
  }

  #forget(): void {
    const message = this.#message;
    if (message === null) return;
    const { signalKeys, stateKeys, events } = message;
    this.#seen = { signals: signalKeys.length, states: stateKeys.length, events: events.length };
  }
}

function adopt(span: Traced, message: Message): void {
  span.message = message;
  for (const inner of span.inside ?? []) adopt(inner, message);
}

/** The field that holds these bytes. */
function fieldOver(span: Traced, from: number, end: number): Traced | undefined {
  if (span.inside === null) return span.from <= from && (span.end ?? 0) >= end ? span : undefined;
  for (const inner of span.inside) {
    if (inner.from > from || (inner.end !== null && inner.end < end)) continue;
    const found = fieldOver(inner, from, end);
    if (found !== undefined) return found;
  }
  return undefined;
}

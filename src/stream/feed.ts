/**
 * What happens to the trackers of companies, as it happens. Events are written down once for all readers and given out a moment
 * later together, so that many readers cost little more than their bytes, and never more than a share of the time. Where more happens
 * than may be given out, readers fall behind, and are told the rest from what is stored.
 */
import type { FrameOutcome } from '../pipeline/ports.ts';
import type { Tracker } from '#model/tracker';
import type { LoggedTransition } from '../store/transition-log.ts';
import type { Budget } from './budget.ts';
import { WHOLE_FRAME, type Cursor } from './cursor.ts';
import { streamEvent, type StreamEvent, type StreamShapes } from './event.ts';
import type { Chunk, Reader } from './reader.ts';

export interface FeedOptions {
  spoolId: string;
  /** The tracker as the gateway has it in memory; `null` where it is not active. */
  trackerOf: (oid: string) => Pick<Tracker, 'companyId'> | null;
  shapes: StreamShapes;
  budget: Budget;
  /** Bytes of events that may wait to be given out to the readers of a company. */
  waitingBytes: number;
}

/** A company that has readers. */
interface Channel {
  readers: Set<Reader>;
  /** Not given out yet. */
  events: StreamEvent[];
  waitingBytes: number;
  /** Where its readers are. */
  given: Cursor;
}

/** Events of so long are given out together, ms. */
const TOGETHER_MS = 100;
/** Giving out takes at most one part in so many of the time: taking in comes first. */
const SHARE = 10;

export class StreamFeed {
  readonly #options: FeedOptions;
  readonly #channels = new Map<string, Channel>();
  readonly #opened = Promise.withResolvers<void>();
  #seq = 0;
  #index = WHOLE_FRAME;
  #transition = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Called for a reader that has fallen behind, with its place. */
  onBehind: (reader: Reader, place: Cursor) => void = () => undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Begins behind a frame; readers wait for that. */
  open(seq: number): void {
    this.#seq = seq;
    this.#opened.resolve();
  }

  /** Resolves when it has begun. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Where it is: everything up to there was given out, or waits to be. */
  get cursor(): Cursor {
    return { spoolId: this.#options.spoolId, seq: this.#seq, index: this.#index, transition: this.#transition };
  }

  get readers(): number {
    let sum = 0;
    for (const { readers } of this.#channels.values()) sum += readers.size;
    return sum;
  }

  /** Readers of a company. */
  readersOf(companyId: string): number {
    return this.#channels.get(companyId)?.readers.size ?? 0;
  }

  everyReader(): Reader[] {
    return [...this.#channels.values()].flatMap(({ readers }) => [...readers]);
  }

  join(reader: Reader): void {
    const channel = this.#channels.get(reader.companyId) ?? {
      readers: new Set(),
      events: [],
      waitingBytes: 0,
      given: this.cursor,
    };
    channel.readers.add(reader);
    this.#channels.set(reader.companyId, channel);
  }

  leave(reader: Reader): void {
    const channel = this.#channels.get(reader.companyId);
    channel?.readers.delete(reader);
    if (channel?.readers.size === 0) this.#channels.delete(reader.companyId);
  }

  /** Takes what a frame has left. They come in the order of the spool. */
  publish({ seq, messages }: FrameOutcome): void {
    this.#seq = seq;
    if (this.#channels.size > 0) {
      for (const { trackerOid, position, index, observedAt, receivedAt, backlog } of messages) {
        if (position === null || trackerOid === '') continue;
        const channel = this.#channels.get(this.#options.trackerOf(trackerOid)?.companyId ?? '');
        if (channel === undefined) continue;
        this.#index = index;
        const shown = { ...position, valid: position.valid && position.distrust === null };
        const arrival = { oid: trackerOid, observedAt, receivedAt, backlog, position: shown };
        this.#add(channel, streamEvent('position', trackerOid, this.cursor, this.#options.shapes.position(arrival)));
      }
    }
    this.#index = WHOLE_FRAME;
    this.#flushSoon();
  }

  /** Takes the next changes of trackers. */
  tell(logged: readonly LoggedTransition[]): void {
    for (const change of logged) {
      this.#transition = change.place;
      const { oid } = change.tracker;
      const channel = this.#channels.get(change.companyId);
      if (channel === undefined) continue;
      this.#add(channel, streamEvent('transition', oid, this.cursor, this.#options.shapes.transition(change)));
    }
    this.#flushSoon();
  }

  /** Changes of trackers are counted on from here, with none told. */
  skipTransitions(place: number): void {
    this.#transition = place;
  }

  /** How far the readers of a company were told. */
  placeOf(companyId: string): Cursor {
    const channel = this.#channels.get(companyId);
    return channel === undefined || channel.events.length === 0 ? this.cursor : channel.given;
  }

  /** Gives out what waits, as much as may be given in this time; to each company its part. */
  #flush(): void {
    this.#timer = null;
    const { budget } = this.#options;
    const startedAt = performance.now();
    const waiting = [...this.#channels.values()].filter(({ events }) => events.length > 0);
    const most = budget.bytesIn(TOGETHER_MS) / waiting.length;
    for (const channel of waiting) {
      const chunk = firstOf(channel, most / channel.readers.size);
      for (const reader of channel.readers) reader.offer(chunk);
      budget.spend(chunk.bytes.length * channel.readers.size);
    }
    budget.rest((performance.now() - startedAt) * (SHARE - 1));
    if (waiting.some(({ events }) => events.length > 0)) this.#flushSoon();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #add(channel: Channel, event: StreamEvent): void {
    channel.events.push(event);
    channel.waitingBytes += event.text.length;
    if (channel.waitingBytes <= this.#options.waitingBytes) return;
    const { events, given } = channel;
    channel.events = [];
    channel.waitingBytes = 0;
    channel.given = this.cursor;
    for (const reader of channel.readers) {
      // Who wants none of it has lost nothing.
      if (!events.some((each) => reader.wants(each))) continue;
      const place = reader.placeAt(given);
      reader.fallBehind();
      if (place !== null) this.onBehind(reader, place);
    }
  }

  #flushSoon(): void {
    if (this.#timer !== null || this.#channels.size === 0) return;
    this.#timer = setTimeout(() => this.#flush(), Math.max(TOGETHER_MS, this.#options.budget.delayMs));
  }
}

/** Takes the first events of a channel, at least one, and no more bytes than may be given to each reader. */
function firstOf(channel: Channel, most: number): Chunk {
  let bytes = 0;
  let count = 0;
  for (const { text } of channel.events) {
    if (count > 0 && bytes + text.length > most) break;
    bytes += text.length;
    count++;
  }
  const events = channel.events.splice(0, count);
  channel.waitingBytes -= bytes;
  channel.given = events.at(-1)?.cursor ?? channel.given;
  return { events, bytes: Buffer.from(events.map(({ text }) => text).join('')) };
}

/**
 * What happens to the trackers of companies, as it happens. Events are written down once for all readers and given out a moment
 * later together, so that many readers cost little more than their bytes, and never more than a share of the time.
 */
import type { FrameOutcome } from '../pipeline/ports.ts';
import type { Tracker } from '#model/tracker';
import type { LoggedTransition } from '../store/transition-log.ts';
import { WHOLE_FRAME, type Cursor } from './cursor.ts';
import { streamEvent, type StreamEvent, type StreamShapes } from './event.ts';
import type { Chunk, Reader } from './reader.ts';

export interface FeedOptions {
  spoolId: string;
  /** The tracker as the gateway has it in memory; `null` where it is not active. */
  trackerOf: (oid: string) => Pick<Tracker, 'companyId'> | null;
  shapes: StreamShapes;
}

interface Channel {
  readers: Set<Reader>;
  /** Not given out yet. */
  events: StreamEvent[];
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
  #quietUntil = 0;

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
    const channel = this.#channels.get(reader.companyId) ?? { readers: new Set(), events: [] };
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
        channel.events.push(streamEvent('position', trackerOid, this.cursor, this.#options.shapes.position(arrival)));
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
      this.#channels
        .get(change.companyId)
        ?.events.push(streamEvent('transition', oid, this.cursor, this.#options.shapes.transition(change)));
    }
    this.#flushSoon();
  }

  /** Changes of trackers are counted on from here, with none told. */
  skipTransitions(place: number): void {
    this.#transition = place;
  }

  /** Gives out what waits. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const startedAt = performance.now();
    for (const channel of this.#channels.values()) {
      const { events } = channel;
      if (events.length === 0) continue;
      channel.events = [];
      const chunk: Chunk = { events, bytes: Buffer.from(events.map(({ text }) => text).join('')) };
      for (const reader of channel.readers) reader.offer(chunk);
    }
    const endedAt = performance.now();
    this.#quietUntil = endedAt + (endedAt - startedAt) * (SHARE - 1);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #flushSoon(): void {
    if (this.#timer !== null || this.#channels.size === 0) return;
    const delay = Math.max(TOGETHER_MS, this.#quietUntil - performance.now());
    this.#timer = setTimeout(() => this.flush(), delay);
  }
}

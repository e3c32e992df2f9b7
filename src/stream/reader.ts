/** One reader of a stream: what it wants, where it is, and what waits for it. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { isBehind, type Cursor } from './cursor.ts';
import { STREAM_EVENTS, type StreamEvent, type StreamEventName } from './event.ts';

/** Events that are told together; their bytes are made once for all readers. */
export interface Chunk {
  events: readonly StreamEvent[];
  bytes: Buffer;
}

/** What a reader asks for. */
export interface StreamWish {
  /** Oids of trackers; `null` wants all of the company. */
  oids: ReadonlySet<string> | null;
  events: ReadonlySet<StreamEventName>;
}

export interface ReaderOptions {
  companyId: string;
  /** The key it came with. */
  keyId: string;
  wish: StreamWish;
  out: Writable;
  /** Bytes that may wait for it; with more it is cut off. */
  waitingBytes: number;
  onClose: (reader: Reader, reason: 'left' | 'stalled') => void;
}

/** How long a reader that is brought up to now may take for what it was sent, ms. */
const DRAIN_MS = 10_000;

export class Reader {
  readonly companyId: string;
  readonly keyId: string;
  readonly #options: ReaderOptions;
  readonly #wantsAll: boolean;
  /** What comes in while it is brought up to now; `null` once it is. */
  #held: Chunk[] | null = [];
  #heldBytes = 0;
  #overflowed = false;
  /** Where its reading began: nothing before that is told. */
  #after: Cursor | null = null;
  #closed = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.companyId = options.companyId;
    this.keyId = options.keyId;
    const { oids, events } = options.wish;
    this.#wantsAll = oids === null && events.size === STREAM_EVENTS.length;
    options.out.once('close', () => this.#close('left'));
    options.out.on('error', () => this.#close('left'));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** How far it has come where all has come so far; `null` while it is being brought up to now. */
  placeAt(feed: Cursor): Cursor | null {
    if (this.#held !== null) return null;
    // It may have had more: in an earlier life of the gateway, or when it joined.
    if (this.#after === null) return feed;
    const transition = Math.max(this.#after.transition, feed.transition);
    return { ...(isBehind(this.#after, feed) ? this.#after : feed), transition };
  }

  /** More came while it was held than may wait: it is to be brought up to now again. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  get wish(): StreamWish {
    return this.#options.wish;
  }

  wants({ name, oid }: Pick<StreamEvent, 'name' | 'oid'>): boolean {
    const { oids, events } = this.#options.wish;
    return events.has(name) && (oids === null || oids.has(oid));
  }

  /** Keeps what comes from now on until `release`. */
  hold(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#overflowed = false;
  }

  /** Events were left out: it is to be brought up to now, again where it was under way. */
  fallBehind(): void {
    if (this.#held === null) this.hold();
    this.#overflowed = true;
    this.#held = [];
  }

  /** Tells what was kept, as far as it lies behind a place, and from now on what comes. */
  release(after: Cursor): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.#after = after;
    for (const chunk of held) this.offer(chunk);
  }

  /** Takes what just happened. Never waits: who does not read for long is cut off, and comes again with its place. */
  offer(chunk: Chunk): void {
    if (this.#closed) return;
    if (this.#held !== null) {
      this.#heldBytes += chunk.bytes.length;
      if (this.#heldBytes > this.#options.waitingBytes) {
        this.#overflowed = true;
        this.#held = [];
      }
      if (!this.#overflowed) this.#held.push(chunk);
      return;
    }
    const after = this.#after;
    if (this.#wantsAll && after === null) this.#write(chunk.bytes);
    else {
      const events = chunk.events.filter((event) => this.wants(event) && (after === null || isNews(event, after)));
      if (events.length > 0) this.#write(events.map(({ text }) => text).join(''));
    }
    const last = chunk.events.at(-1)?.cursor;
    if (after !== null && last !== undefined && isBehind(last, after) && last.transition >= after.transition)
      this.#after = null;
  }

  /** Tells something now. */
  say(text: string): void {
    if (!this.#closed) this.#write(text);
  }

  /** Tells something at the pace of the reader; one that takes none of it for long is cut off. */
  async tell(text: string | Buffer): Promise<void> {
    const { out } = this.#options;
    if (this.#closed || text.length === 0 || out.write(text)) return;
    try {
      await once(out, 'drain', { signal: AbortSignal.timeout(DRAIN_MS) });
    } catch {
      this.cut();
    }
  }

  /** Ends the stream behind what was told. */
  end(text = ''): void {
    if (this.#closed) return;
    this.#options.out.end(text);
    this.#close('left');
  }

  /** Breaks the stream off. */
  cut(): void {
    if (this.#closed) return;
    this.#options.out.destroy();
    this.#close('stalled');
  }

  #write(text: string | Buffer): void {
    const { out, waitingBytes } = this.#options;
    out.write(text);
    if (out.writableLength > waitingBytes) this.cut();
  }

  #close(reason: 'left' | 'stalled'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#held = [];
    this.#options.onClose(this, reason);
  }
}

function isNews({ name, cursor }: StreamEvent, after: Cursor): boolean {
  return name === 'position' ? isBehind(cursor, after) : cursor.transition > after.transition;
}

/** Opens streams, brings readers that come again up to now, and looks after all of them. */
import type { Writable } from 'node:stream';
import { GatewayError } from '#errors/gateway-error';
import type { StoredArrival } from '../reading/arrivals.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { firstLogged, lastLogged, loggedAfter } from '../store/transition-log.ts';
import type { Budget } from './budget.ts';
import { isBehind, type Cursor } from './cursor.ts';
import { endEvent, placeOnly, resetEvent, streamEvent, type StreamShapes } from './event.ts';
import type { StreamFeed } from './feed.ts';
import { Missed, type MissedQuery } from './missed.ts';
import { pause } from './pause.ts';
import { Reader, type StreamWish } from './reader.ts';

export interface StreamDeskOptions {
  feed: StreamFeed;
  /** Of what readers are told who are brought up to now. */
  budget: Budget;
  documents: DocumentStore;
  shapes: StreamShapes;
  /** Reads a page of stored places. */
  arrivals: (query: MissedQuery) => Promise<readonly StoredArrival[]>;
  /** Every frame up to this one is in ClickHouse; `null` until that was reached. */
  storedThrough: () => number | null;
  /** Tells whether a key is still good. */
  isGood: (companyId: string, keyId: string) => Promise<boolean>;
  limits: { readers: number; readersPerCompany: number; waitingBytes: number };
  onCut: () => void;
  onTrouble: (error: unknown) => void;
}

/** Who opens a stream. */
export interface StreamCaller {
  companyId: string;
  keyId: string;
}

const RETRY_MS = 2_000;
/** How often changes of trackers are looked for, ms. */
const LOOK_MS = 250;
/** How often a reader is told its place though nothing happens, ms: proxies cut what is silent. */
const ALIVE_MS = 15_000;
/** How often keys are looked at again, ms. */
const KEYS_MS = 60_000;
const STORED_POLL_MS = 50;
const PAGE = 2_000;
/** Frames that are gone through for one reader at most. */
const FAR = 1_000_000;

export class StreamDesk {
  readonly #options: StreamDeskOptions;
  readonly #missed: Missed;
  readonly #timers: NodeJS.Timeout[];
  #looking: Promise<void> | null = null;
  #isPlaced = false;
  #closed = false;

  constructor(options: StreamDeskOptions) {
    this.#options = options;
    const { onTrouble } = options;
    this.#missed = new Missed(options);
    options.feed.onBehind = (reader, place) => void this.#catchUp(reader, place).catch(onTrouble);
    this.#timers = [
      setInterval(() => void (options.feed.readers > 0 && this.#look().catch(onTrouble)), LOOK_MS),
      setInterval(() => this.#keepAlive(), ALIVE_MS),
      setInterval(() => void this.#lookAtKeys().catch(onTrouble), KEYS_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** Fails with `stream_limit` where the company may open no further stream now. */
  admit(companyId: string): void {
    const { feed, limits } = this.#options;
    if (this.#closed || feed.readers >= limits.readers) throw new GatewayError('stream_limit', 'too many streams are open');
    if (feed.readersOf(companyId) < limits.readersPerCompany) return;
    throw new GatewayError('stream_limit', 'the company has as many streams open as it may');
  }

  /**
   * Tells a reader from now on, or from behind its cursor on. What the reader misses is never passed over in silence: where it
   * cannot be told any more, an event says so.
   */
  open(caller: StreamCaller, wish: StreamWish, cursor: Cursor | null, out: Writable): void {
    const { feed, limits, onCut, onTrouble } = this.#options;
    const { waitingBytes } = limits;
    const reader = new Reader({
      ...caller,
      wish,
      out,
      waitingBytes,
      onClose: (left, reason) => {
        feed.leave(left);
        if (reason === 'stalled') onCut();
      },
    });
    feed.join(reader);
    reader.say(`retry: ${RETRY_MS}\n\n`);
    this.#follow(reader, cursor).catch((error: unknown) => {
      onTrouble(error);
      reader.cut();
    });
  }

  /** Ends all streams; their readers come again. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#options.feed.close();
    for (const reader of this.#options.feed.everyReader()) reader.end();
  }

  async #follow(reader: Reader, cursor: Cursor | null): Promise<void> {
    const { feed } = this.#options;
    await feed.opened;
    await this.#untilDone(reader, () => this.#look());
    if (reader.closed) return;
    const tooFar = cursor === null ? null : await this.#whyNotFrom(cursor);
    if (cursor === null || tooFar !== null) {
      reader.hold();
      reader.say(tooFar === null ? placeOnly(feed.cursor) : resetEvent(feed.cursor, tooFar));
      reader.release(feed.cursor);
      return;
    }
    await this.#catchUp(reader, cursor);
  }

  /** Tells what lies between a place and now. What comes meanwhile waits; where that is too much, the rest is read as well. */
  async #catchUp(reader: Reader, from: Cursor): Promise<void> {
    const { feed, storedThrough } = this.#options;
    let at = from;
    do {
      reader.hold();
      const until = laterOf(feed.cursor, at);
      while (!reader.closed && at.seq < until.seq && (storedThrough() ?? -1) < until.seq) await pause(STORED_POLL_MS);
      await this.#tellPositions(reader, at, until);
      await this.#tellTransitions(reader, { ...until, transition: at.transition }, until.transition);
      at = until;
    } while (reader.overflowed && !reader.closed);
    reader.say(placeOnly(at));
    reader.release(at);
  }

  async #tellPositions(reader: Reader, from: Cursor, until: Cursor): Promise<void> {
    const { budget } = this.#options;
    const { companyId } = reader;
    const { oids, events: names } = reader.wish;
    if (!names.has('position')) return;
    const asked = { spoolId: until.spoolId, companyId, oids: oids && [...oids], throughSeq: until.seq, most: PAGE };
    for (let after: Cursor = from, more = true; more && !reader.closed && isBehind(until, after);) {
      const { seq, index } = after;
      const query = { ...asked, after: { seq, index } };
      const page = await this.#untilDone(reader, () => this.#missed.page(query, from, until, () => !reader.closed));
      if (page === null) return;
      await budget.take(page.bytes.length);
      await reader.tell(page.bytes);
      after = page.events.at(-1)?.cursor ?? after;
      more = page.more;
    }
  }

  async #tellTransitions(reader: Reader, from: Cursor, through: number): Promise<void> {
    const { documents, shapes } = this.#options;
    for (let { transition } = from, more = true; more && !reader.closed && transition < through;) {
      const after = transition;
      const page = await this.#untilDone(reader, () => loggedAfter(documents, after, PAGE));
      if (page === null) return;
      const events = page
        .filter(({ companyId, place }) => companyId === reader.companyId && place <= through)
        .map((logged) =>
          streamEvent('transition', logged.tracker.oid, { ...from, transition: logged.place }, shapes.transition(logged)),
        );
      const wanted = events.filter((event) => reader.wants(event));
      await reader.tell(wanted.map(({ text }) => text).join(''));
      transition = page.at(-1)?.place ?? through;
      more = page.length === PAGE;
    }
  }

  /** Why a reader cannot go on behind its cursor; `null` where it can. */
  async #whyNotFrom(cursor: Cursor): Promise<string | null> {
    const { feed, documents } = this.#options;
    const here = feed.cursor;
    if (cursor.spoolId !== here.spoolId) return 'the cursor is of another gateway, or of another life of its spool';
    if (here.seq - cursor.seq > FAR) return `more than ${FAR} frames have come since`;
    if (cursor.transition > here.transition) return 'the registry has lost what it had';
    const first = cursor.transition === here.transition ? null : await firstLogged(documents);
    if (first !== null && cursor.transition < first - 1)
      return 'changes of trackers are kept for seven days, and it is longer ago';
    return null;
  }

  /** Does something as often as it takes, while the reader waits; `null` where it has left. */
  async #untilDone<Result>(reader: Reader, work: () => Promise<Result>): Promise<Result | null> {
    for (;;) {
      if (reader.closed) return null;
      try {
        return await work();
      } catch (error) {
        this.#options.onTrouble(error);
        await pause(RETRY_MS / 2);
      }
    }
  }

  /** Looks for changes of trackers; once at a time for all who ask. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookForTransitions().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookForTransitions(): Promise<void> {
    const { feed, documents } = this.#options;
    if (!this.#isPlaced) feed.skipTransitions(await lastLogged(documents));
    this.#isPlaced = true;
    for (let more = true; more;) {
      const page = await loggedAfter(documents, feed.cursor.transition, PAGE);
      feed.tell(page);
      more = page.length === PAGE;
    }
  }

  #keepAlive(): void {
    const { feed } = this.#options;
    for (const reader of feed.everyReader()) {
      const place = reader.placeAt(feed.placeOf(reader.companyId));
      reader.say(place === null ? ': still at it\n\n' : placeOnly(place));
    }
  }

  /** Ends the streams of keys that are good no more; and where the registry has lost its log, has all readers begin anew. */
  async #lookAtKeys(): Promise<void> {
    const { feed, documents, isGood } = this.#options;
    const readers = Map.groupBy(feed.everyReader(), ({ companyId, keyId }) => `${companyId}/${keyId}`);
    for (const [first, ...others] of readers.values()) {
      if (first === undefined || (await isGood(first.companyId, first.keyId))) continue;
      for (const reader of [first, ...others]) reader.end(endEvent('the key is no longer good'));
    }
    const { transition } = feed.cursor;
    if (!this.#isPlaced || feed.readers === 0 || transition === 0) return;
    if ((await loggedAfter(documents, transition - 1, 1)).length > 0) return;
    this.#isPlaced = false;
    for (const reader of feed.everyReader()) reader.end();
  }
}

/** The place of the feed, or that of a reader who was told more in an earlier life of the gateway. */
function laterOf(here: Cursor, reader: Cursor): Cursor {
  return here.seq >= reader.seq ? here : { ...reader, transition: here.transition };
}

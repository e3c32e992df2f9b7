/** Pages of what readers have missed: read and written down once for all who ask for the same, a few at a time. */
import { streamEvent, type StreamEvent, type StreamShapes } from './event.ts';
import { isBehind, type Cursor } from './cursor.ts';
import { pause } from './pause.ts';
import type { Chunk } from './reader.ts';
import { Turns } from './turns.ts';
import type { ArrivalsQuery, StoredArrival } from '../reading/arrivals.ts';

/** Which page. */
export type MissedQuery = Omit<ArrivalsQuery, 'freshOids'>;

export interface MissedOptions {
  /** Reads a page of stored places. */
  arrivals: (query: MissedQuery) => Promise<readonly StoredArrival[]>;
  shapes: Pick<StreamShapes, 'position'>;
}

/** A page, and whether there may be more behind it. */
export interface MissedPage extends Chunk {
  more: boolean;
}

/** Pages read at a time; and for how many times as long as a page took, its turn is kept: ClickHouse has others to serve. */
const AT_ONCE = 2;
const REST = 3;
/** Pages kept for others who fell behind at the same time. */
const KEPT = 64;

export class Missed {
  readonly #options: MissedOptions;
  readonly #turns = new Turns(AT_ONCE);
  readonly #pages = new Map<string, Promise<MissedPage>>();

  constructor(options: MissedOptions) {
    this.#options = options;
  }

  /** Gives the places behind `query.after` up to a place. `isWanted` is asked when the turn has come. */
  async page(query: MissedQuery, from: Cursor, until: Cursor, isWanted: () => boolean): Promise<MissedPage> {
    const key = JSON.stringify([query, from.transition, until.index]);
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const page = this.#turns.take(() => this.#read(query, from, until, isWanted));
    this.#pages.set(key, page);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= KEPT) break;
      this.#pages.delete(oldest);
    }
    // What failed, or nobody wanted any more, is read again by the next.
    const isOfUse = page.then(
      ({ more, events }) => !more || events.length > 0,
      () => false,
    );
    void isOfUse.then((isKept) => isKept || this.#pages.delete(key));
    return page;
  }

  async #read(query: MissedQuery, from: Cursor, until: Cursor, isWanted: () => boolean): Promise<MissedPage> {
    if (!isWanted()) return { events: [], bytes: Buffer.alloc(0), more: true };
    const beganAt = performance.now();
    const page = await this.#options.arrivals(query);
    // The feed may stand in the middle of a frame: what is behind that comes live.
    const due = page.filter((arrival) => !isBehind(arrival, until));
    const events = due.map((arrival): StreamEvent => {
      const { seq, index, oid } = arrival;
      return streamEvent('position', oid, { ...from, seq, index }, this.#options.shapes.position(arrival));
    });
    const bytes = Buffer.from(events.map(({ text }) => text).join(''));
    await pause((performance.now() - beganAt) * REST);
    return { events, bytes, more: due.length === query.most };
  }
}

/** What people do about frames in quarantine; the command line and the API call it alike. */
import { GatewayError } from '#errors/gateway-error';
import {
  cursorOf,
  isBehind,
  readQuarantine,
  readQuarantined,
  type Bindings,
  type QuarantinedFrame,
  type QuarantineFilter,
  type QuarantinePlace,
} from '../reading/quarantine.ts';
import type { Rows } from '../reading/rows.ts';
import type { Retried } from './retry.ts';

export interface DeskParts {
  /** Asks ClickHouse. Rejects with `sink_unreachable` where it does not answer. */
  reading: <Found>(read: (store: Rows) => Promise<Found>) => Promise<Found>;
  database: string;
  /** Which providers speak a protocol. */
  bindings: Bindings;
  /** Gives what waits in the spool, the newest first. */
  waiting: (filter: QuarantineFilter) => Promise<readonly QuarantinedFrame[]>;
  /** Tries stored frames again, one call at a time. */
  retry: (frames: readonly QuarantinedFrame[]) => Promise<Retried[]>;
}

/** A part of the quarantine, the newest frames first. */
export interface QuarantinePage {
  frames: readonly QuarantinedFrame[];
  /** Cursor of the next page; `null` behind the last one. */
  next: string | null;
}

export class QuarantineDesk {
  readonly #parts: DeskParts;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Lists frames, those that wait in the spool among them. */
  async list(filter: QuarantineFilter, after: QuarantinePlace | null, most: number): Promise<QuarantinePage> {
    const waiting = (await this.#parts.waiting(filter)).filter((frame) => after === null || isBehind(frame, after));
    const stored = await this.#stored(filter, after, most + 1);
    const known = new Set(stored.map(({ id }) => id));
    const all = [...stored, ...waiting.filter(({ id }) => !known.has(id))];
    return pageOf(
      all.sort((a, b) => (isBehind(a, b) ? 1 : -1)),
      most,
    );
  }

  /** Gives a frame that the company may see. Fails with `quarantine_unknown`. */
  async get(filter: QuarantineFilter, id: string): Promise<QuarantinedFrame> {
    const { database, bindings, reading, waiting } = this.#parts;
    const found = await reading((store) => readQuarantined(store, database, bindings, filter.companyId, id));
    const frame = found ?? (await waiting(filter)).find((each) => each.id === id);
    if (frame === undefined) throw new GatewayError('quarantine_unknown', `no frame "${id}" is in quarantine`);
    return frame;
  }

  /** Tries a frame again. Fails with `quarantine_unknown`, also where it waits in the spool: it will be read by the present codecs anyway. */
  async retry(filter: QuarantineFilter, id: string): Promise<Retried> {
    const frame = await this.get(filter, id);
    if (!frame.stored)
      throw new GatewayError('quarantine_unknown', `the frame "${id}" waits in the spool: it is not stored yet`);
    const [retried] = await this.#retry([frame]);
    return retried as Retried;
  }

  /** Tries frames again a page at a time. */
  async retryAll(
    filter: QuarantineFilter,
    after: QuarantinePlace | null,
    most: number,
  ): Promise<{ retried: readonly Retried[]; next: string | null }> {
    const { frames, next } = pageOf(await this.#stored(filter, after, most + 1), most);
    return { retried: await this.#retry(frames), next };
  }

  #stored(filter: QuarantineFilter, after: QuarantinePlace | null, most: number): Promise<QuarantinedFrame[]> {
    const { database, bindings, reading } = this.#parts;
    return reading((store) => readQuarantine(store, database, bindings, filter, after, most));
  }

  /** One after the other: two that try the same frames at once would end each other's inserts. */
  #retry(frames: readonly QuarantinedFrame[]): Promise<Retried[]> {
    const turn = this.#turn.then(() => this.#parts.retry(frames));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function pageOf(found: readonly QuarantinedFrame[], most: number): QuarantinePage {
  const frames = found.slice(0, most);
  const last = frames.at(-1);
  return { frames, next: found.length > most && last !== undefined ? cursorOf(last) : null };
}

/** The frames that the book has applied and the store does not have yet: what was made of them can be made again. */
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { FrameOutcome } from '../pipeline/ports.ts';
import type { BookEntry } from './book-entry.ts';

/** What a frame says of one device. */
export interface Share {
  ident: string;
  messages: readonly NormalisedMessage[];
  /** Whose it is; `null` where nobody has registered the device, as far as is known. */
  entry: BookEntry | null;
}

/** A frame as far as the book needs it. */
export interface LoggedFrame extends Pick<FrameOutcome, 'seq' | 'record' | 'column' | 'quarantine'> {
  answer: FrameOutcome['answer'];
  shares: readonly Share[];
}

const NO_BYTES = new Uint8Array();

export class FrameLog {
  #frames: LoggedFrame[] = [];
  /** Frames and messages held. */
  #weight = 0;

  get weight(): number {
    return this.#weight;
  }

  get length(): number {
    return this.#frames.length;
  }

  /** Adds a frame. Whose its shares are is to be filled in. */
  add({ seq, record, column, quarantine, answer, ident, messages }: FrameOutcome): LoggedFrame {
    const shares = sharesOf(ident, messages);
    const frame: LoggedFrame = { seq, record: withoutBytes(record), column, quarantine, answer, shares };
    this.#frames.push(frame);
    this.#weight += weightOf(frame);
    return frame;
  }

  /** Forgets the frames up to a position. */
  dropThrough(seq: SpoolSeq): void {
    const first = this.#frames.findIndex((frame) => frame.seq > seq);
    const dropped = this.#frames.splice(0, first === -1 ? this.#frames.length : first);
    for (const frame of dropped) this.#weight -= weightOf(frame);
  }

  [Symbol.iterator](): IterableIterator<LoggedFrame> {
    return this.#frames.values();
  }
}

/** The spool's buffers are large, and a frame's bytes would keep its buffer. */
function withoutBytes(record: FrameRecord): FrameRecord {
  return { ...record, frame: NO_BYTES };
}

function weightOf({ shares }: LoggedFrame): number {
  return shares.reduce((sum, { messages }) => sum + messages.length, 1);
}

/** Divides a frame by device: a box speaks of itself, a batch of a car maker's cloud of many. Frames that name nobody have none. */
function sharesOf(ident: string, messages: readonly NormalisedMessage[]): Share[] {
  if (messages.every((message) => message.ident === ident)) return ident === '' ? [] : [{ ident, messages, entry: null }];
  const byIdent = new Map<string, NormalisedMessage[]>(ident === '' ? [] : [[ident, []]]);
  for (const message of messages) {
    const share = byIdent.get(message.ident);
    if (share !== undefined) share.push(message);
    else if (message.ident !== '') byIdent.set(message.ident, [message]);
  }
  return [...byIdent].map(([name, share]) => ({ ident: name, messages: share, entry: null }));
}

/** The frames that the book has applied and the store does not have yet: what was made of them can be made again. */
import type { Consent } from '#model/consent';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { FrameOutcome } from '../pipeline/ports.ts';
import type { BookEntry } from './book-entry.ts';

/** What a frame says of one device. */
export interface Share {
  ident: string;
  messages: readonly NormalisedMessage[];
  /** What a provider states about the right to its data. */
  consents: readonly Consent[];
  /** Nothing came from the device itself: the provider only speaks of it. */
  isHearsay: boolean;
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
  add({ seq, record, column, quarantine, answer, ident, messages, consents = [] }: FrameOutcome): LoggedFrame {
    const shares = withConsents(sharesOf(ident, messages), consents);
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
  return shares.reduce((sum, { messages, consents }) => sum + messages.length + consents.length, 1);
}

/** Divides a frame by device: a box speaks of itself, a batch of a car maker's cloud of many. Frames that name nobody have none. */
function sharesOf(ident: string, messages: readonly NormalisedMessage[]): Share[] {
  if (messages.every((message) => message.ident === ident)) return ident === '' ? [] : [shareOf(ident, messages)];
  const byIdent = new Map<string, NormalisedMessage[]>(ident === '' ? [] : [[ident, []]]);
  for (const message of messages) {
    const share = byIdent.get(message.ident);
    if (share !== undefined) share.push(message);
    else if (message.ident !== '') byIdent.set(message.ident, [message]);
  }
  return [...byIdent].map(([name, share]) => shareOf(name, share));
}

function shareOf(ident: string, messages: readonly NormalisedMessage[]): Share {
  return { ident, messages, consents: [], isHearsay: false, entry: null };
}

/** Adds what is stated about devices, also about those that the frame has nothing from. A statement about people only is nobody's. */
function withConsents(shares: readonly Share[], consents: readonly Consent[]): readonly Share[] {
  if (consents.length === 0) return shares;
  const byIdent = new Map(shares.map((share) => [share.ident, share]));
  for (const consent of consents) {
    const { ident } = consent;
    if (ident === null) continue;
    const share = byIdent.get(ident) ?? { ...shareOf(ident, []), isHearsay: true };
    byIdent.set(ident, { ...share, consents: [...share.consents, consent] });
  }
  return [...byIdent.values()];
}

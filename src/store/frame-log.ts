/** The frames that the book has applied and the store does not have yet: what was made of them can be made again. */
import type { Consent } from '#model/consent';
import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import { judgeMessage, type JudgedMessage } from '../lifecycle/judged.ts';
import type { EvidenceRules } from '../lifecycle/rules.ts';
import type { FrameOutcome } from '../pipeline/ports.ts';
import type { BookEntry } from './book-entry.ts';

/** What a frame says of one device. */
export interface Share {
  ident: string;
  messages: readonly JudgedMessage[];
  /** What a provider states about the right to its data. */
  consents: readonly Consent[];
  /** Nothing came from the device itself: the provider only speaks of it. */
  isHearsay: boolean;
  /** Whose it is; `null` where nobody has registered the device, as far as is known. */
  entry: BookEntry | null;
}

/** A frame as far as the book may need it again: its bytes would keep one of the spool's large buffers, its messages ten times what is kept of them. */
export interface LoggedFrame {
  seq: SpoolSeq;
  protocol: string;
  /** The only company whose trackers may be meant; `undefined` where it may be anybody's. */
  companyId: string | undefined;
  sessionId: string;
  receivedAt: EpochMs;
  answer: FrameOutcome['answer'];
  shares: readonly Share[];
  /** What it counts for in the bound of the log: itself, and all that its shares hold. */
  weight: number;
}

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

  /** Adds a frame, its fixes judged by the rules. Whose its shares are is to be filled in. */
  add({ seq, record, answer, ident, messages, consents = [] }: FrameOutcome, rules: EvidenceRules): LoggedFrame {
    const { protocol, companyId, sessionId, receivedAt } = record;
    const shares = withConsents(sharesOf(ident, judgedOf(messages, rules)), consents);
    const weight = weightOf(shares);
    const frame: LoggedFrame = { seq, protocol, companyId, sessionId, receivedAt, answer, shares, weight };
    this.#frames.push(frame);
    this.#weight += weight;
    return frame;
  }

  /** Forgets the frames up to a position. */
  dropThrough(seq: SpoolSeq): void {
    const frames = this.#frames;
    let dropped = 0;
    for (; dropped < frames.length; dropped++) {
      const { seq: one, weight } = frames[dropped] as LoggedFrame;
      if (one > seq) break;
      this.#weight -= weight;
    }
    if (dropped === frames.length) this.#frames = [];
    else frames.splice(0, dropped);
  }

  [Symbol.iterator](): IterableIterator<LoggedFrame> {
    return this.#frames.values();
  }
}

function weightOf(shares: readonly Share[]): number {
  let weight = 1;
  for (const { messages, consents } of shares) weight += messages.length + consents.length;
  return weight;
}

function judgedOf(messages: readonly NormalisedMessage[], rules: EvidenceRules): JudgedMessage[] {
  return messages.map((message, place) => judgeMessage(message, place, rules));
}

/** Divides a frame by device: a box speaks of itself, a batch of a car maker's cloud of many. Frames that name nobody have none. */
function sharesOf(ident: string, messages: readonly JudgedMessage[]): Share[] {
  if (messages.every((message) => message.ident === ident)) return ident === '' ? [] : [shareOf(ident, messages)];
  const byIdent = new Map<string, JudgedMessage[]>(ident === '' ? [] : [[ident, []]]);
  for (const message of messages) {
    const share = byIdent.get(message.ident);
    if (share !== undefined) share.push(message);
    else if (message.ident !== '') byIdent.set(message.ident, [message]);
  }
  return [...byIdent].map(([name, share]) => shareOf(name, share));
}

function shareOf(ident: string, messages: readonly JudgedMessage[]): Share {
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

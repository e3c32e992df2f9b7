/** The frames that the book has applied and the store does not have yet: what was made of them can be made again. */
import type { Consent } from '#model/consent';
import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import { judgeMessage, type JudgedMessage } from '../lifecycle/judged.ts';
import type { EvidenceRules } from '../lifecycle/rules.ts';
import type { FrameOutcome } from '../pipeline/ports.ts';
import type { BookEntry } from './book-entry.ts';
import { dropped, JudgedColumns } from './judged-columns.ts';

/** What a frame says of one device. */
export interface Share {
  ident: string;
  messages: readonly JudgedMessage[];
  /** The messages themselves, in the same order, of a frame that has just come; nothing later. */
  said: readonly NormalisedMessage[];
  /** What a provider states about the right to its data. */
  consents: readonly Consent[];
  /** Nothing came from the device itself: the provider only speaks of it. */
  isHearsay: boolean;
  /** Whose it is; `null` where nobody has registered the device, as far as is known. */
  entry: BookEntry | null;
}

/** A frame as far as the book may need it again. */
export interface LoggedFrame {
  seq: SpoolSeq;
  protocol: string;
  /** The only company whose trackers may be meant; `undefined` where it may be anybody's. */
  companyId: string | undefined;
  sessionId: string;
  receivedAt: EpochMs;
  answer: FrameOutcome['answer'];
  shares: readonly Share[];
}

const NO_CONSENTS: readonly Consent[] = [];

/**
 * The frames of a second or two, many thousand of them, in columns: as objects they live just long enough to be copied about by the collector
 * and moved to where it seldom looks. Frames and shares are given as views, which hold until the next `dropThrough`.
 */
export class FrameLog {
  // Of each frame; `shareEnds` is behind its last share, counted from the first that ever was.
  #seqs: SpoolSeq[] = [];
  #protocols: string[] = [];
  #companyIds: (string | undefined)[] = [];
  #sessionIds: string[] = [];
  #receivedAts: EpochMs[] = [];
  #answers: FrameOutcome['answer'][] = [];
  #shareEnds: number[] = [];
  #droppedShares = 0;
  // Of each share; `messageEnds` likewise.
  #idents: string[] = [];
  #entries: (BookEntry | null)[] = [];
  #consents: (readonly Consent[])[] = [];
  #isHearsay: boolean[] = [];
  #messageEnds: number[] = [];
  #droppedMessages = 0;
  readonly #messages = new JudgedColumns();
  /** Consents held. */
  #stated = 0;

  /** Frames held, and all that their shares hold. */
  get weight(): number {
    return this.length + this.#messages.length + this.#stated;
  }

  get length(): number {
    return this.#seqs.length;
  }

  /** Adds a frame, its fixes judged by the rules. Whose its shares are is to be filled in. */
  add({ seq, record, answer, ident, messages, consents = NO_CONSENTS }: FrameOutcome, rules: EvidenceRules): LoggedFrame {
    const { protocol, companyId, sessionId, receivedAt } = record;
    const first = this.#idents.length;
    const shares = withConsents(sharesOf(ident, messages), consents).map((share, i) => this.#share(first + i, share, rules));
    this.#seqs.push(seq);
    this.#protocols.push(protocol);
    this.#companyIds.push(companyId);
    this.#sessionIds.push(sessionId);
    this.#receivedAts.push(receivedAt);
    this.#answers.push(answer);
    this.#shareEnds.push(this.#droppedShares + this.#idents.length);
    return { seq, protocol, companyId, sessionId, receivedAt, answer, shares };
  }

  #share(at: number, { ident, said, consents, isHearsay }: NewShare, rules: EvidenceRules): Share {
    const messages = said.map((message) => judgeMessage(message, rules));
    for (const message of messages) this.#messages.add(message);
    this.#idents.push(ident);
    this.#entries.push(null);
    this.#consents.push(consents);
    this.#isHearsay.push(isHearsay);
    this.#messageEnds.push(this.#droppedMessages + this.#messages.length);
    this.#stated += consents.length;
    return new ShareView(this.#entries, at, { ident, messages, said, consents, isHearsay });
  }

  /** Forgets the frames up to a position. */
  dropThrough(seq: SpoolSeq): void {
    const frames = this.#seqs;
    let gone = 0;
    while (gone < frames.length && (frames[gone] as SpoolSeq) <= seq) gone++;
    if (gone === 0) return;
    const shares = (this.#shareEnds[gone - 1] as number) - this.#droppedShares;
    const messages = shares === 0 ? 0 : (this.#messageEnds[shares - 1] as number) - this.#droppedMessages;
    for (let i = 0; i < shares; i++) this.#stated -= (this.#consents[i] as readonly Consent[]).length;
    this.#droppedShares += shares;
    this.#droppedMessages += messages;
    this.#seqs = dropped(this.#seqs, gone);
    this.#protocols = dropped(this.#protocols, gone);
    this.#companyIds = dropped(this.#companyIds, gone);
    this.#sessionIds = dropped(this.#sessionIds, gone);
    this.#receivedAts = dropped(this.#receivedAts, gone);
    this.#answers = dropped(this.#answers, gone);
    this.#shareEnds = dropped(this.#shareEnds, gone);
    this.#idents = dropped(this.#idents, shares);
    this.#entries = dropped(this.#entries, shares);
    this.#consents = dropped(this.#consents, shares);
    this.#isHearsay = dropped(this.#isHearsay, shares);
    this.#messageEnds = dropped(this.#messageEnds, shares);
    this.#messages.drop(messages);
  }

  *[Symbol.iterator](): IterableIterator<LoggedFrame> {
    let share = 0;
    for (const [i, seq] of this.#seqs.entries()) {
      const shares: Share[] = [];
      for (const end = (this.#shareEnds[i] as number) - this.#droppedShares; share < end; share++) shares.push(this.#at(share));
      yield {
        seq,
        protocol: this.#protocols[i] as string,
        companyId: this.#companyIds[i],
        sessionId: this.#sessionIds[i] as string,
        receivedAt: this.#receivedAts[i] as EpochMs,
        answer: this.#answers[i],
        shares,
      };
    }
  }

  /** A share that was added before. */
  #at(share: number): Share {
    const ident = this.#idents[share] as string;
    const messages: JudgedMessage[] = [];
    const end = (this.#messageEnds[share] as number) - this.#droppedMessages;
    for (let i = share === 0 ? 0 : (this.#messageEnds[share - 1] as number) - this.#droppedMessages; i < end; i++) {
      messages.push(this.#messages.get(i, ident));
    }
    const [consents, isHearsay] = [this.#consents[share] as readonly Consent[], this.#isHearsay[share] as boolean];
    return new ShareView(this.#entries, share, { ident, messages, said: [], consents, isHearsay });
  }
}

/** A share of the log; whose it is is kept there. */
class ShareView implements Share {
  readonly ident: string;
  readonly messages: readonly JudgedMessage[];
  readonly said: readonly NormalisedMessage[];
  readonly consents: readonly Consent[];
  readonly isHearsay: boolean;
  readonly #entries: (BookEntry | null)[];
  readonly #at: number;

  constructor(entries: (BookEntry | null)[], at: number, { ident, messages, said, consents, isHearsay }: Omit<Share, 'entry'>) {
    this.ident = ident;
    this.messages = messages;
    this.said = said;
    this.consents = consents;
    this.isHearsay = isHearsay;
    this.#entries = entries;
    this.#at = at;
  }

  get entry(): BookEntry | null {
    return this.#entries[this.#at] ?? null;
  }

  set entry(entry: BookEntry | null) {
    this.#entries[this.#at] = entry;
  }
}

/** A share before it is in the log. */
type NewShare = Pick<Share, 'ident' | 'said' | 'consents' | 'isHearsay'>;

/** Divides a frame by device: a box speaks of itself, a batch of a car maker's cloud of many. Frames that name nobody have none. */
function sharesOf(ident: string, messages: readonly NormalisedMessage[]): NewShare[] {
  if (messages.every((message) => message.ident === ident)) return ident === '' ? [] : [shareOf(ident, messages)];
  const byIdent = new Map<string, NormalisedMessage[]>(ident === '' ? [] : [[ident, []]]);
  for (const message of messages) {
    const share = byIdent.get(message.ident);
    if (share !== undefined) share.push(message);
    else if (message.ident !== '') byIdent.set(message.ident, [message]);
  }
  return [...byIdent].map(([name, share]) => shareOf(name, share));
}

function shareOf(ident: string, said: readonly NormalisedMessage[]): NewShare {
  return { ident, said, consents: NO_CONSENTS, isHearsay: false };
}

/** Adds what is stated about devices, also about those that the frame has nothing from. A statement about people only is nobody's. */
function withConsents(shares: readonly NewShare[], consents: readonly Consent[]): readonly NewShare[] {
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

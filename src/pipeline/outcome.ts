import type { FrameRecord } from '#model/frame-record';
import type { Message } from '#model/message';
import type { NormalisedMessage } from '#model/normalised';
import { identKey } from '#model/tracker';
import type { DecoderRegistry } from '#protocols/registry';
import { answerOf } from './answer.ts';
import { interpret, type Interpretation } from './interpret.ts';
import { keptOf, tombstoneOf, WITHDRAWN, type KeptPart } from './kept.ts';
import { Memory } from './memory.ts';
import { normalise, type NormaliseRules, type Owner } from './normalise.ts';
import { speakerOf } from './pairing.ts';
import { OPEN_GATE, type ConsentGate, type FrameOutcome, type SpoolEntry, type TrackerBook } from './ports.ts';
import { RecordIds } from './record-id.ts';

export interface OutcomeOptions {
  decoders: DecoderRegistry;
  /** Says whose a message is. What it throws is thrown on. */
  owners: Pick<TrackerBook, 'find'>;
  rules: NormaliseRules;
  /** How many of the latest records are remembered to tell a resend. */
  duplicateWindow: number;
  /** Says whose data may not be kept; nobody's where it is left out. */
  gate?: ConsentGate | undefined;
}

/** What of a memory is asked. */
type Remembered = Pick<Memory, 'recent' | 'pairing'>;

/** Makes of records what they leave in the sink: decoded, normalised, without what was there before. */
export class OutcomeMaker {
  readonly #options: OutcomeOptions;
  /** What it remembers of the records before. */
  readonly memory: Memory;
  readonly #ids = new RecordIds();

  constructor(options: OutcomeOptions) {
    this.#options = options;
    this.memory = new Memory(options.duplicateWindow);
  }

  /**
   * Gives what a record leaves. Throws where nobody can say whose it is; may be asked again then. Another memory than
   * its own may be given.
   */
  of(entry: SpoolEntry, { recent, pairing } = this.memory): FrameOutcome {
    const { decoders, gate = OPEN_GATE } = this.#options;
    if (entry.record.fault === WITHDRAWN) return refused(entry);
    const meant = interpret(entry.record, decoders);
    const consents = meant.decoded?.pushed?.consents ?? [];
    if (consents.length > 0) gate.take(entry, consents);
    const kept = keptOf(entry, meant, decoders, gate);
    // That a consent was stated is kept, and nothing of what it names.
    if (kept?.isGone === true)
      return consents.length === 0 ? refused(entry) : { ...refused(entry), column: 'stored', consents };
    const outcome = this.#made(entry, meant, kept, { recent, pairing });
    const answer = answerOf(meant.decoded);
    if (answer !== null) outcome.answer = answer;
    if (consents.length > 0) outcome.consents = consents;
    return outcome;
  }

  /** What is made of a record, or of the part that may be kept of it. */
  #made(entry: SpoolEntry, meant: Interpretation, kept: KeptPart | null, { recent, pairing }: Remembered): FrameOutcome {
    const { seq } = entry;
    const isKept = (ident: string): boolean => kept === null || !kept.stopped.has(identKey(ident));
    const record = kept?.record ?? entry.record;
    const ident = isKept(meant.ident) ? meant.ident : '';
    const messages: NormalisedMessage[] = [];
    let stated = 0;
    let quarantine = kept === null ? meant.quarantine : withoutNames(meant.quarantine);
    const all = meant.decoded?.messages ?? [];
    // Most frames speak of one device, whose owner is asked for once.
    let owner: Owner | null = null;
    for (let i = 0; i < all.length; i++) {
      const one = all[i] as Message;
      const named = one.ident ?? meant.ident;
      if (!isKept(named)) continue;
      stated++;
      if (owner === null || owner.ident !== named) owner = this.#ownerOf(record, named);
      try {
        const message = normalise(one, i, record, owner, this.#options.rules);
        pairing.take(message, speakerOf(record), seq);
        if (!recent.seen(message.recordIdHi, message.recordIdLo, message.deviceTime)) messages.push(message);
      } catch (error) {
        // Our bug: it costs this message, not the others, nor the life of the gateway at every start from here on.
        quarantine ??= { code: 'bug_invariant', detail: `message ${i} cannot be normalised: ${String(error)}` };
      }
    }
    const column = quarantine !== null ? 'quarantined' : stated > 0 && messages.length === 0 ? 'duplicate' : 'stored';
    return { seq, record, column, ident, messages, quarantine };
  }

  #ownerOf({ protocol, companyId }: FrameRecord, ident: string): Owner {
    return {
      ident,
      tracker: this.#options.owners.find(protocol, ident, companyId),
      ids: this.#ids.of(protocol, ident, companyId),
    };
  }
}

/** What is left of a frame of which nothing may be kept: that it came. */
function refused({ seq, record }: SpoolEntry): FrameOutcome {
  return { seq, record: tombstoneOf(record), column: 'refused', ident: '', messages: [], quarantine: null };
}

/** A reason may repeat what stands in the frame. */
function withoutNames(quarantine: Interpretation['quarantine']): Interpretation['quarantine'] {
  return quarantine === null ? null : { code: quarantine.code, detail: 'told no further: a part of the frame may not be kept' };
}

import type { FrameRecord } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { DecoderRegistry } from '#protocols/registry';
import { answerOf } from './answer.ts';
import { interpret } from './interpret.ts';
import { Memory } from './memory.ts';
import { normalise, type NormaliseRules, type Owner } from './normalise.ts';
import type { FrameOutcome, SpoolEntry, TrackerBook } from './ports.ts';
import { RecordIds } from './record-id.ts';

export interface OutcomeOptions {
  decoders: DecoderRegistry;
  /** Says whose a message is. What it throws is thrown on. */
  owners: Pick<TrackerBook, 'find'>;
  rules: NormaliseRules;
  /** How many of the latest records are remembered to tell a resend. */
  duplicateWindow: number;
}

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
  of({ seq, record }: SpoolEntry, { recent, pairing } = this.memory): FrameOutcome {
    const { decoders, rules } = this.#options;
    const { ident, decoded, quarantine: refused } = interpret(record, decoders);
    const messages: NormalisedMessage[] = [];
    const stated = decoded?.messages ?? [];
    let quarantine = refused;
    for (const [i, one] of stated.entries()) {
      const owner = this.#ownerOf(record, one.ident ?? ident);
      try {
        const message = normalise(one, i, record, owner, rules);
        pairing.take(message, record.protocol, seq);
        if (!recent.seen(message.recordIdHi, message.recordIdLo, message.deviceTime)) messages.push(message);
      } catch (error) {
        // Our bug: it costs this message, not the others, nor the life of the gateway at every start from here on.
        quarantine ??= { code: 'bug_invariant', detail: `message ${i} cannot be normalised: ${String(error)}` };
      }
    }
    const column = quarantine !== null ? 'quarantined' : stated.length > 0 && messages.length === 0 ? 'duplicate' : 'stored';
    const outcome: FrameOutcome = { seq, record, column, ident, messages, quarantine };
    const answer = answerOf(decoded);
    if (answer !== null) outcome.answer = answer;
    const consents = decoded?.pushed?.consents ?? [];
    if (consents.length > 0) outcome.consents = consents;
    return outcome;
  }

  #ownerOf({ protocol, companyId }: FrameRecord, ident: string): Owner {
    return { ident, tracker: this.#options.owners.find(protocol, ident, companyId), ids: this.#ids.of(protocol, ident) };
  }
}

import type { SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { DecoderRegistry } from '#protocols/registry';
import { identKey } from '#model/tracker';
import { interpret, type Interpretation } from './interpret.ts';
import { keptOf } from './kept.ts';
import { normalise, type NormaliseRules } from './normalise.ts';
import { Pairing, PAIRING_WINDOW, speakerOf } from './pairing.ts';
import { OPEN_GATE, type ConsentGate, type SpoolEntry } from './ports.ts';
import { RecentRecords } from './recent-records.ts';
import { RecordIds } from './record-id.ts';

/** Where reading must begin so that the record behind `through` leaves what it would have left without a restart, as far as is remembered. */
export function readFrom(through: SpoolSeq): SpoolSeq {
  return Math.max(1, through + 1 - PAIRING_WINDOW.records);
}

/** What is remembered of the records before one, to tell what it adds. */
export class Memory {
  readonly recent: RecentRecords;
  readonly pairing = new Pairing();
  readonly #ids = new RecordIds();

  constructor(duplicateWindow: number) {
    this.recent = new RecentRecords(duplicateWindow);
  }

  /**
   * Takes a record that has left what it has to leave: a resend of what it says is told as one, also by the next life of the gateway, and
   * halves of a place in it may still wait for their others.
   */
  remember(entry: SpoolEntry, decoders: DecoderRegistry, rules: NormaliseRules, gate: ConsentGate = OPEN_GATE): void {
    const { seq, record } = entry;
    const meant = interpret(record, decoders);
    const { ident, decoded } = meant;
    const stopped = stoppedBy(gate, entry, meant, decoders);
    for (const [index, one] of (decoded?.messages ?? []).entries()) {
      let message: NormalisedMessage;
      const named = one.ident ?? ident;
      // It was not stored: should the right to it come back, a resend of it is news.
      if (stopped === 'all' || stopped.has(identKey(named))) continue;
      const owner = { ident: named, tracker: null, ids: this.#ids.of(record.protocol, named, record.companyId) };
      try {
        message = normalise(one, index, record, owner, rules);
      } catch {
        // Our code failed on it then, too, and it left nothing.
        continue;
      }
      this.pairing.take(message, speakerOf(record), seq);
      this.recent.seen(message.recordIdHi, message.recordIdLo, message.deviceTime);
    }
  }
}

/** Whose messages of a record were not kept, as `identKey` has them. */
function stoppedBy(
  gate: ConsentGate,
  entry: SpoolEntry,
  meant: Interpretation,
  decoders: DecoderRegistry,
): ReadonlySet<string> | 'all' {
  try {
    const kept = keptOf(entry, meant, decoders, gate);
    return kept?.isGone === true ? 'all' : (kept?.stopped ?? NOBODY);
  } catch {
    // Nobody can say whose it is: a resend of it is taken for news, and replaces what is there.
    return 'all';
  }
}

const NOBODY: ReadonlySet<string> = new Set();

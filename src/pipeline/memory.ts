import type { SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { DecoderRegistry } from '#protocols/registry';
import { interpret } from './interpret.ts';
import { normalise, type NormaliseRules } from './normalise.ts';
import { Pairing, PAIRING_WINDOW, speakerOf } from './pairing.ts';
import type { SpoolEntry } from './ports.ts';
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
  remember({ seq, record }: SpoolEntry, decoders: DecoderRegistry, rules: NormaliseRules): void {
    const { ident, decoded } = interpret(record, decoders);
    for (const [index, one] of (decoded?.messages ?? []).entries()) {
      let message: NormalisedMessage;
      const named = one.ident ?? ident;
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

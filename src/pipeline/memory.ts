import type { SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { DecoderRegistry } from '#protocols/registry';
import { interpret } from './interpret.ts';
import { normalise, type NormaliseRules } from './normalise.ts';
import { Pairing, PAIRING_WINDOW, speakerOf } from './pairing.ts';
import type { SpoolEntry } from './ports.ts';
import { RecentRecords } from './recent-records.ts';
import type { RecordIdMaker } from './record-id.ts';

/** Where reading must begin so that the record behind `through` leaves what it would have left without a restart. */
export function readFrom(through: SpoolSeq): SpoolSeq {
  return Math.max(1, through + 1 - PAIRING_WINDOW.records);
}

/** Who only remembers needs no record ids. */
const NO_IDS: RecordIdMaker = { hi: () => 0, lo: () => 0 };

/** What is remembered of the records before one, to tell what it adds. */
export class Memory {
  readonly recent: RecentRecords;
  readonly pairing = new Pairing();

  constructor(duplicateWindow: number) {
    this.recent = new RecentRecords(duplicateWindow);
  }

  /** Takes a record that has left what it has to leave: halves of a place in it may still wait for their others. */
  remember({ seq, record }: SpoolEntry, decoders: DecoderRegistry, rules: NormaliseRules): void {
    if (decoders.get(record.protocol)?.statesHalves !== true) return;
    const { ident, decoded } = interpret(record, decoders);
    for (const [index, one] of (decoded?.messages ?? []).entries()) {
      let message: NormalisedMessage;
      try {
        message = normalise(one, index, record, { ident: one.ident ?? ident, tracker: null, ids: NO_IDS }, rules);
      } catch {
        // Our code failed on it then, too, and it left nothing.
        continue;
      }
      this.pairing.take(message, speakerOf(record), seq);
    }
  }
}

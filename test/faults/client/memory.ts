/** What a reference tracker was told. */
import type { EpochMs } from '#model/clocks';
import type { ScriptedRecord } from './script.ts';

/** A frame that was handed over until it was acknowledged. */
export interface AcknowledgedFrame {
  protocol: string;
  transport: string;
  /** Connections the tracker had made when the acknowledgement came: which of them it came over. */
  connection: number;
  /** Times it was sent, the acknowledged one included. */
  sends: number;
  acknowledgedAt: EpochMs;
  /** As it was acknowledged; where each try differs (what clouds push is dated), the last. */
  frame: Uint8Array;
  records: readonly ScriptedRecord[];
  /** It must end in quarantine, whole: none of its records can be expected in `messages`. */
  quarantined: boolean;
}

/** What is known of one tracker. */
export interface TrackerMemory {
  ident: string;
  /** In the order of the acknowledgements, which is that of the sends: one frame is under way at a time. */
  acknowledged: readonly AcknowledgedFrame[];
  /** Sent, and never acknowledged: the tracker was stopped before. May be stored or not. */
  unacknowledged: readonly Pick<AcknowledgedFrame, 'records' | 'sends' | 'quarantined'>[];
}

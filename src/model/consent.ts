import type { EpochMs } from './clocks.ts';

/**
 * What a car maker's cloud states about the right to a vehicle's data, apart from the data itself.
 * `granted` data may come and be kept; `withdrawn` the right has ended; `withheld` the vehicle is still ours to hear, but this
 * part of its data is kept back (a privacy mode), so that its absence means neither silence nor a fault.
 */
export const CONSENT_KINDS = ['granted', 'withdrawn', 'withheld'] as const;
export type ConsentKind = (typeof CONSENT_KINDS)[number];

/** One such statement. */
export interface Consent {
  /** The vehicle, as its messages name it; `null` where only people are named. */
  ident: string | null;
  /** The people whose consent it is, by the provider's own ids; empty where none are named. */
  users: readonly string[];
  kind: ConsentKind;
  /** What data it is about: `all`, `location`, or `service:<id>` for one service of the provider. */
  scope: string;
  /**
   * What the provider's rule demands of whoever holds data: `erase` all of it at once, `stop` taking more in, or `null`, nothing.
   * Law may demand more than this.
   */
  demands: 'erase' | 'stop' | null;
  /** When the provider says it happened; `null` where it does not say. */
  at: EpochMs | null;
  /** The statement in the provider's words. */
  cause: string;
}

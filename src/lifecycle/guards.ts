/** Which fixes count as evidence, judged one at a time. What depends on its neighbours stands in `steps.ts`. */
import type { EpochMs } from '#model/clocks';
import type { NormalisedMessage } from '#model/normalised';
import type { EvidenceRules } from './rules.ts';

/** A fix that counts: when the receiver solved it, and where. */
export interface AcceptedFix {
  at: EpochMs;
  lat: number;
  lon: number;
}

/** Why a fix is no evidence. `jitter`, `too_fast` and `gap` speak of its step, the others of the fix itself. */
export const REJECTIONS = {
  invalid: 'the device itself says it had no satellite fix',
  out_of_range: 'the coordinates are impossible',
  null_island: 'the coordinates are 0/0, what receivers say without a fix',
  weak: 'the receiver saw too few satellites, or badly placed ones',
  clock: "the device's clock was wrong, so it is not known when the fix was made",
  before_registration: 'it was received before the tracker was registered',
  too_early: 'the tracker was not validated yet',
  late: 'it is older than the part of the history that is already summed up',
  jitter: 'the step is within the noise or the slow drift of a standing receiver',
  too_fast: 'the step would need an impossible speed',
  gap: 'nothing was heard for so long before that the step may not have been driven',
} as const satisfies Record<string, string>;
export type Rejection = keyof typeof REJECTIONS;

/** Reasons that speak of a step. */
export type StepRejection = Extract<Rejection, 'jitter' | 'too_fast' | 'gap'>;

/** Reasons that speak of a fix by itself, not of its step. */
export type FixRejection = Exclude<Rejection, StepRejection>;

/** A fix that passed, or why it did not. */
export type FixVerdict = { rejection: null; fix: AcceptedFix } | { rejection: FixRejection; detail: string };

/** A fix further than this from its message's time was not made for it, ms. */
const FIX_TIME_SLACK_MS = 86_400_000;

/** Judges the fix of a message. `null` where the message has none. */
export function judgeFix(message: NormalisedMessage, rules: EvidenceRules): FixVerdict | null {
  const { position } = message;
  if (position === null) return null;
  if (!position.valid) return { rejection: 'invalid', detail: 'marked as not valid' };
  if (position.distrust === 'out_of_range' || position.distrust === 'null_island') {
    return { rejection: position.distrust, detail: `latitude ${position.lat}, longitude ${position.lon}` };
  }
  const { satellites, hdop } = position;
  const isFew = satellites !== null && satellites < rules.minSatellites;
  if (position.distrust === 'no_satellites' || isFew || (hdop !== null && hdop > rules.maxHdop)) {
    return { rejection: 'weak', detail: `${satellites ?? 'unknown'} satellites, hdop ${hdop ?? 'unknown'}` };
  }
  const at = timeOfFix(message, position.fixTime);
  if (at === null) return { rejection: 'clock', detail: `clock repair "${message.clockRepair}"` };
  return { rejection: null, fix: { at, lat: position.lat, lon: position.lon } };
}

/** When the fix was made, or `null` where no clock of the device is to be believed. */
function timeOfFix(message: NormalisedMessage, fixTime: EpochMs | null): EpochMs | null {
  const { clockRepair, observedAt } = message;
  // The receiver's own time has rolled over with the device's and is not repaired.
  if (clockRepair === 'rollover') return observedAt;
  if (clockRepair === 'none') {
    if (fixTime === null) return observedAt;
    return Math.abs(fixTime - observedAt) <= FIX_TIME_SLACK_MS ? fixTime : null;
  }
  // For any other repair the pipeline takes the receiver's time for `observedAt` where that is sane, else the gateway's.
  return fixTime !== null && fixTime === observedAt ? fixTime : null;
}

/** Rejections that mean the device sends erroneous data, rather than having no signal or no right to count yet. */
export function isErroneous(rejection: Rejection): boolean {
  return rejection === 'out_of_range' || rejection === 'null_island' || rejection === 'clock';
}

import type { EpochMs } from '#model/clocks';
import type { NormalisedMessage } from '#model/normalised';
import { judgeFix, type FixVerdict } from './guards.ts';
import { inKeys } from './keys.ts';
import type { EvidenceRules } from './rules.ts';

/** The vehicle's own odometer, in km. */
const ODOMETER = 'odometer.total.value';

/** What of a message bears on its tracker, with its fix judged: what is kept of a message until the store has what follows from it. */
export interface JudgedMessage {
  ident: string;
  recordIdHi: number;
  recordIdLo: number;
  receivedAt: EpochMs;
  observedAt: EpochMs;
  speedKmh: number | null;
  odometerKm: number | null;
  /** `null` where it has no fix. */
  verdict: FixVerdict | null;
}

export function judgeMessage(message: NormalisedMessage, rules: EvidenceRules): JudgedMessage {
  const { ident, recordIdHi, recordIdLo, receivedAt, observedAt, position, signalKeys, signalValues } = message;
  return {
    ident,
    recordIdHi,
    recordIdLo,
    receivedAt,
    observedAt,
    speedKmh: position?.speedKmh ?? null,
    odometerKm: signalValues[placeOfOdometer(signalKeys)] ?? null,
    verdict: judgeFix(message, rules),
  };
}

/** -1 where it is not stated. */
const placeOfOdometer = inKeys((keys) => keys.indexOf(ODOMETER));

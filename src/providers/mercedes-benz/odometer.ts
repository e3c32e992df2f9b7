import type { ValidationContext, Verdict } from '../adapter.ts';
import { failed } from '../answers.ts';

/** How soon a reading that has come is seen: a tenth of the time waited so far, within these bounds, ms. */
const SOONEST_MS = 1_000;
const LATEST_MS = 60_000;

/**
 * Who can read the dashboard has the vehicle at hand. Compares what the owner read with the first reading that came over the data since
 * the validation began, and waits for that.
 */
export function compareOdometers(context: ValidationContext): Verdict {
  const { odoKm, odometer, at, startedAt, settings, tracker } = context;
  if (odoKm === null)
    return failed('validation_failed', 'no odometer was given: validate again with the odometer of the dashboard in km');
  const isTooOld = odometer !== null && odometer.observedAt < startedAt - settings.odometerMaxAgeMs;
  if (odometer === null || isTooOld) {
    const retryAt = at + Math.min(LATEST_MS, Math.max(SOONEST_MS, (at - startedAt) / 10));
    const answer =
      odometer === null ? 'no odometer has come from the vehicle yet' : 'the odometer that came was read too long ago';
    return {
      kind: 'wait',
      for: `the odometer of the vehicle, to compare it with the ${odoKm} km that were given`,
      retryAt,
      answer,
    };
  }
  const { odometerToleranceKm: tolerance } = settings;
  const apart = Math.abs(odometer.km - odoKm);
  const said = `the vehicle says ${Math.round(odometer.km)} km, ${odoKm} km were given`;
  if (apart <= tolerance) return { kind: 'validated', cause: `the odometer agrees: ${said}` };
  const cause = `the odometer differs: ${said}, and they may be ${tolerance} km apart. Check that "${tracker.trackerId}" is this vehicle, then validate again with what its dashboard shows`;
  return failed('validation_failed', cause);
}

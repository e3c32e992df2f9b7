import type { Tracker } from '#model/tracker';

/** The cause of a failed validation: who cannot mend what keeps the data of a maker's cloud back has another way to the vehicle. */
export function failureCause({ type }: Pick<Tracker, 'type'>, cause: string): string {
  return type === 'oem' ? `${cause}; a hardware box is the alternative: register one in its stead` : cause;
}

/** Numbers with their units, as people read them. */
import { UNITS } from '#model/signal-row';
import { withUnit } from '#model/unit-signs';

const NUMBER = new Intl.NumberFormat('en', { maximumSignificantDigits: 10, useGrouping: true });
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTH = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** The name of a unit by its code of UN/CEFACT Recommendation 20; `null` for pure numbers, and for what is none. */
export function unitName(code: string | null): string | null {
  if (code === null || code === 'C62') return null;
  return Object.hasOwn(UNITS, code) ? UNITS[code as keyof typeof UNITS] : code;
}

/** A value with its unit, given by name. */
export function sayValue(value: number | string | boolean, unit: string | null): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return withUnit(typeof value === 'number' ? NUMBER.format(value) : value, unit);
}

/** A distance: metres as long as they are few. */
export function sayMetres(metres: number): string {
  return metres < 1_000 ? `${WHOLE.format(metres)} m` : `${(metres < 100_000 ? TENTH : WHOLE).format(metres / 1_000)} km`;
}

export const saySpeed = (kmh: number | null): string => (kmh === null ? '–' : `${WHOLE.format(kmh)} km/h`);

/** Bytes in words. */
export const sayBytes = (bytes: number): string => `${WHOLE.format(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`;

/** Amounts as people read them. Pure. */

const FEW = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });
const MANY = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A rate or another amount that need not be whole: two digits where it is small. */
export const amount = (value: number): string => (value < 100 ? FEW : MANY).format(value);

/** Bytes in the unit that leaves one to four digits. */
export function bytes(value: number): string {
  const step = value < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log2(value) / 10));
  return `${amount(value / 2 ** (10 * step))} ${SIZES[step] ?? 'B'}`;
}

const STEPS: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** How long something takes: its two greatest units, `2 h 5 min`; below ten seconds with a digit, below one in milliseconds. */
export function lasting(ms: number): string {
  if (ms < 1_000) return `${amount(ms)} ms`;
  if (ms < 10_000) return `${amount(ms / 1_000)} s`;
  const first = STEPS.findIndex(([size]) => ms >= size);
  const [size, unit] = STEPS[first] ?? [1_000, 's'];
  const [smaller, small] = STEPS[first + 1] ?? [0, ''];
  const rest = smaller === 0 ? 0 : Math.floor((ms % size) / smaller);
  return `${Math.floor(ms / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

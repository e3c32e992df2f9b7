const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A whole number with its thousands apart. */
export const count = (value: number): string => WHOLE.format(value);

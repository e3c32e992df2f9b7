/** What a row of the signal catalogue says. */

/** UN/CEFACT Recommendation 20 codes in use, with what they mean. `C62` is a pure number. */
export const UNITS = {
  AMP: 'ampere',
  BAR: 'bar',
  C62: 'one',
  CEL: 'degree Celsius',
  DAY: 'day',
  DBM: 'decibel-milliwatt',
  DD: 'degree (angle)',
  E32: 'litre per hour',
  E93: 'kilogram per hour',
  F60: 'gram per second',
  GRM: 'gram',
  H29: 'microgram per litre',
  HUR: 'hour',
  KGM: 'kilogram',
  KMH: 'kilometre per hour',
  KMT: 'kilometre',
  KPA: 'kilopascal',
  KWH: 'kilowatt hour',
  KWT: 'kilowatt',
  LTR: 'litre',
  MIN: 'minute',
  MSK: 'metre per second squared',
  MTR: 'metre',
  NU: 'newton metre',
  P1: 'percent',
  RPM: 'revolutions per minute',
  SEC: 'second',
  VLT: 'volt',
  WTT: 'watt',
} as const;
export type Unit = keyof typeof UNITS;

export interface SignalFacts {
  key: string;
  unit: Unit;
  type: 'number' | 'integer' | 'boolean' | 'text';
  vss: string | null;
  description: string;
  /** Values outside are kept as the device said them, under `<key>` with the message marked, never clipped. */
  min: number | null;
  max: number | null;
}

/** A row as the tables write it: what is left out is `null`. */
export type SignalRow = readonly [
  key: string,
  unit: Unit,
  type: SignalFacts['type'],
  vss: string,
  description: string,
  min?: number,
  max?: number,
];

/**
 * Units as clouds spell them, and the way from each to the catalogue's.
 *
 * A measure is a UN/CEFACT code of the catalogue, or one of the names below for what the catalogue keeps as a pure number. Two units
 * convert where they have one dimension; a spelling that is not here converts to nothing, and its value is kept as it was.
 */
import type { Unit } from '#model/signal-row';

/** What a target is measured in, where its code in the catalogue is `C62`. */
export type Measure = Unit | 'litres per 100 km' | 'kWh per 100 km';

/** A value in the dimension's base unit is `value * mul / div + add`, or `mul / value` where the unit counts the other way. */
interface Scale {
  dimension: string;
  mul: number;
  div: number;
  add: number;
  inverse: boolean;
}

const scale = (dimension: string, mul = 1, div = 1, add = 0, inverse = false): Scale => ({ dimension, mul, div, add, inverse });

const KM_A_MILE = 1.609344;
const LITRES_A_GALLON = 3.785411784;

const MEASURES: Readonly<Partial<Record<Measure, Scale>>> = {
  KMT: scale('length'),
  MTR: scale('length', 1, 1_000),
  KMH: scale('speed'),
  KPA: scale('pressure'),
  BAR: scale('pressure', 100),
  CEL: scale('temperature'),
  LTR: scale('volume'),
  KWH: scale('energy'),
  KWT: scale('power'),
  WTT: scale('power', 1, 1_000),
  SEC: scale('time'),
  MIN: scale('time', 60),
  HUR: scale('time', 3_600),
  DAY: scale('time', 86_400),
  P1: scale('share'),
  DD: scale('angle'),
  VLT: scale('voltage'),
  AMP: scale('current'),
  MSK: scale('acceleration'),
  RPM: scale('rotation'),
  KGM: scale('mass'),
  C62: scale('number'),
  'litres per 100 km': scale('consumption of fuel'),
  'kWh per 100 km': scale('consumption of energy'),
};

/** Lower case, without blanks. */
const SPELLINGS: Readonly<Record<string, Scale>> = {
  ...each(['km', 'kilometers', 'kilometres', 'kilometer'], scale('length')),
  ...each(['mi', 'mile', 'miles'], scale('length', KM_A_MILE)),
  ...each(['m', 'meter', 'meters', 'metre', 'metres'], scale('length', 1, 1_000)),
  ...each(['ft', 'feet'], scale('length', 0.3048, 1_000)),
  ...each(['km/h', 'kmh', 'kph'], scale('speed')),
  ...each(['mph', 'mi/h'], scale('speed', KM_A_MILE)),
  ...each(['m/s'], scale('speed', 3.6)),
  ...each(['kn', 'knots'], scale('speed', 1.852)),
  ...each(['kpa'], scale('pressure')),
  ...each(['bar'], scale('pressure', 100)),
  ...each(['psi'], scale('pressure', 6.894757293168)),
  ...each(['°c', 'c', 'celsius', 'degc', 'degreecelsius'], scale('temperature')),
  ...each(['°f', 'f', 'fahrenheit', 'degf'], scale('temperature', 5, 9, -160 / 9)),
  ...each(['l', 'liter', 'litre', 'liters', 'litres'], scale('volume')),
  ...each(['gal', 'gallon', 'gallons'], scale('volume', LITRES_A_GALLON)),
  ...each(['kwh'], scale('energy')),
  ...each(['wh'], scale('energy', 1, 1_000)),
  ...each(['kw'], scale('power')),
  ...each(['w'], scale('power', 1, 1_000)),
  ...each(['ms'], scale('time', 1, 1_000)),
  ...each(['s', 'sec', 'seconds'], scale('time')),
  ...each(['min', 'minutes'], scale('time', 60)),
  ...each(['h', 'hours'], scale('time', 3_600)),
  ...each(['d', 'day', 'days'], scale('time', 86_400)),
  ...each(['weeks', 'week'], scale('time', 604_800)),
  ...each(['%', 'percent', 'pct'], scale('share')),
  ...each(['fraction'], scale('share', 100)),
  ...each(['°', 'deg', 'degree', 'degrees'], scale('angle')),
  ...each(['v', 'volt'], scale('voltage')),
  ...each(['mv'], scale('voltage', 1, 1_000)),
  ...each(['a', 'ampere'], scale('current')),
  ...each(['m/s²', 'm/s2', 'm/s^2'], scale('acceleration')),
  ...each(['rpm', 'r/min', '1/min'], scale('rotation')),
  ...each(['kg'], scale('mass')),
  ...each(['', 'stars', 'count'], scale('number')),
  ...each(['l/100km'], scale('consumption of fuel')),
  ...each(['mpg'], scale('consumption of fuel', (LITRES_A_GALLON * 100) / KM_A_MILE, 1, 0, true)),
  // 62 miles are what a display in miles has for 100 km.
  ...each(['kwh/100km', 'kwh/62mi'], scale('consumption of energy')),
  ...each(['kwh/100mi'], scale('consumption of energy', 1, KM_A_MILE)),
  ...each(['km/kwh'], scale('consumption of energy', 100, 1, 0, true)),
  ...each(['mi/kwh'], scale('consumption of energy', 100 / KM_A_MILE, 1, 0, true)),
};

function each(spellings: readonly string[], of: Scale): Record<string, Scale> {
  return Object.fromEntries(spellings.map((spelling) => [spelling, of]));
}

function scaleOf(spelling: string): Scale | undefined {
  if (Object.hasOwn(MEASURES, spelling)) return MEASURES[spelling as Measure];
  if (Object.hasOwn(SPELLINGS, spelling)) return SPELLINGS[spelling];
  const plain = spelling.toLowerCase().replaceAll(/\s+/g, '');
  return Object.hasOwn(SPELLINGS, plain) ? SPELLINGS[plain] : undefined;
}

/** Brings a value from a spelt unit into a measure; `null` where the spelling is not known or is of another dimension. */
export function converted(value: number, spelling: string, to: Measure): number | null {
  // The catalogue's own code for the unit.
  if (spelling === to) return value;
  const from = scaleOf(spelling);
  const target = MEASURES[to];
  if (from === undefined || target === undefined || from.dimension !== target.dimension) return null;
  if (from.mul === target.mul && from.div === target.div && from.add === 0 && !from.inverse) return value;
  const base = from.inverse ? from.mul / value : (value * from.mul) / from.div + from.add;
  const result = (base * target.div) / target.mul;
  // What binary fractions add behind the twelfth digit was never measured.
  return Number.isFinite(result) ? Number(result.toPrecision(12)) : null;
}

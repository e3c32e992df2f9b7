/**
 * What the fields of a cloud mean, as rows: each name of a provider is mapped to quantities of the catalogue, to a part of the
 * position, to an event, or it is left under its own name with the reason. The same rows decode, make `docs/push-mappings.md`, and are
 * held against the makers' catalogues by a test.
 */
import type { EventCode } from '#model/events';
import { SIGNAL_BY_KEY, type SignalKey } from '#model/signals';
import type { Json } from '#model/json';
import { numberOf } from './json.ts';
import type { Measure } from './units.ts';

/** A part of a fix. Which of them make a position, and what becomes of those that came alone, `MessageSet` decides. */
export type FixPart = 'lat' | 'lon' | 'altitudeM' | 'courseDeg' | 'speedKmh' | 'satellites' | 'hdop';

/** One thing that becomes of a value. */
export type Target =
  | { kind: 'signal'; key: SignalKey; measure: Measure }
  /** Words, without case, and what number each is. */
  | { kind: 'words'; key: SignalKey; words: ReadonlyMap<string, number> }
  /** `words` replaces a text by another one; a text that is not there stays as it is. */
  | { kind: 'text'; key: SignalKey; words: ReadonlyMap<string, string> }
  | { kind: 'fix'; part: FixPart; measure: Measure }
  /** Words that say whether there is a lock; `null` where a word says nothing of it. */
  | { kind: 'lock'; words: ReadonlyMap<string, boolean | null> }
  /** An event for each of these words. */
  | { kind: 'event'; words: ReadonlyMap<string, EventCode>; alarm: boolean }
  /** The value is a time: what happened then is a message of its own. */
  | { kind: 'moment'; code: EventCode; read: 'ms' | 'iso' | 'dotted' };

export interface FieldRule {
  targets: readonly Target[];
  /** Unit of the value where it does not come with one; empty for a pure number. */
  unit: string;
  /** Of two fields that state one quantity, the one of higher rank does; the other stays under its own name. */
  rank: number;
  /** Values that mean "not available", besides the words that always do. */
  absent: readonly (number | string)[];
  /** Why nothing of the catalogue stands for it; `null` where something does. */
  unmapped: string | null;
  /** True where the value must not stay at all: what the message is made of says it already. */
  envelope: boolean;
}

/** The fields of a decoder by the provider's names. */
export type FieldTable = ReadonlyMap<string, FieldRule>;

/** A table of fields under the name of what it is about. */
export interface FieldList {
  title: string;
  fields: FieldTable;
}

const rule = (targets: readonly Target[], unit = ''): FieldRule => ({
  targets,
  unit,
  rank: 0,
  absent: [],
  unmapped: null,
  envelope: false,
});

/** A number in `unit`, of which the catalogue's unit is made; `measure` where that is none of UN/CEFACT's. */
export function amount(key: SignalKey, unit: string, measure?: Measure): FieldRule {
  return rule([{ kind: 'signal', key, measure: measure ?? measureOf(key) }], unit);
}

function measureOf(key: SignalKey): Measure {
  return SIGNAL_BY_KEY.get(key)?.unit ?? 'C62';
}

/** A boolean, also as the words of `TRUTHS`, and of `more`. */
export function flag(key: SignalKey, more: Readonly<Record<string, boolean | 0 | 1>> = {}): FieldRule {
  const numbers = [...TRUTHS, ...Object.entries(more)].map(([word, is]): [string, number] => [plainWord(word), Number(is)]);
  return rule([{ kind: 'words', key, words: new Map(numbers) }]);
}

/** Words with a number each. */
export function words(key: SignalKey, numbers: Readonly<Record<string, number>>): FieldRule {
  const entries = Object.entries(numbers).map(([word, number]): [string, number] => [plainWord(word), number]);
  return rule([{ kind: 'words', key, words: new Map(entries) }]);
}

/** A text, of which some words are replaced. */
export function text(key: SignalKey, replaced: Readonly<Record<string, string>> = {}): FieldRule {
  const entries = Object.entries(replaced).map(([word, by]): [string, string] => [plainWord(word), by]);
  return rule([{ kind: 'text', key, words: new Map(entries) }]);
}

/** A part of the position. */
export function fixPart(part: FixPart, unit: string): FieldRule {
  return rule([{ kind: 'fix', part, measure: FIX_MEASURES[part] }], unit);
}

const FIX_MEASURES: Readonly<Record<FixPart, Measure>> = {
  lat: 'DD',
  lon: 'DD',
  altitudeM: 'MTR',
  courseDeg: 'DD',
  speedKmh: 'KMH',
  satellites: 'C62',
  hdop: 'C62',
};

/** The speed of a vehicle: of its wheels, and of the position that comes with it. */
export function vehicleSpeed(unit: string): FieldRule {
  return both(amount('wheels.speed.value', unit), fixPart('speedKmh', unit));
}

/** Whether the receiver has a lock, by words. */
export function lock(locked: Readonly<Record<string, boolean | null>>): FieldRule {
  return rule([{ kind: 'lock', words: new Map(Object.entries(locked).map(([word, is]) => [plainWord(word), is])) }]);
}

/** Events by words: `true` is one. */
export function event(codes: Readonly<Record<string, EventCode>>, alarm = false): FieldRule {
  return rule([{ kind: 'event', words: new Map(Object.entries(codes).map(([word, code]) => [plainWord(word), code])), alarm }]);
}

/** A time at which something happened. */
export function moment(code: EventCode, read: 'ms' | 'iso' | 'dotted'): FieldRule {
  return rule([{ kind: 'moment', code, read }]);
}

/** All of several rules at once: one value, several quantities. The unit is that of the first. */
export function both(...rules: readonly FieldRule[]): FieldRule {
  return { ...(rules[0] ?? rule([])), targets: rules.flatMap(({ targets }) => targets) };
}

/** The same rule with another rank. */
export function ranked(rank: number, of: FieldRule): FieldRule {
  return { ...of, rank };
}

/** The same rule with values that mean "not available". */
export function unless(absent: readonly (number | string)[], of: FieldRule): FieldRule {
  return { ...of, absent };
}

/** A field nothing stands for: it stays under its own name. */
export function unmapped(reason: string): FieldRule {
  return { ...rule([]), unmapped: reason };
}

/** A field of the envelope: what it says is in the message already, or says nothing about the vehicle. */
export function envelope(reason: string): FieldRule {
  return { ...rule([]), unmapped: reason, envelope: true };
}

/** Makes a table of fields; a name that stands twice is a programmer's error. */
export function fieldTable(...parts: readonly Readonly<Record<string, FieldRule>>[]): FieldTable {
  const table = new Map<string, FieldRule>();
  for (const [name, of] of parts.flatMap((part) => Object.entries(part))) {
    if (table.has(name)) throw new Error(`the field ${name} has two rules`);
    table.set(name, of);
  }
  return table;
}

/** The same rule for many fields. */
export function forAll(names: readonly string[], of: FieldRule): Record<string, FieldRule> {
  return Object.fromEntries(names.map((name) => [name, of]));
}

/** What booleans are written as, besides `true` and `false`. */
const TRUTHS: readonly [string, boolean][] = [
  ['true', true],
  ['false', false],
  ['isTrue', true],
  ['isFalse', false],
  ['1', true],
  ['0', false],
  ['yes', true],
  ['no', false],
  ['on', true],
  ['off', false],
];

/** Words that say there is no value. */
const NOTHING = new Set(['', 'INVALID', '-NA-', 'NA', 'N/A', 'UNKNOWN', 'ISUNKNOWN', 'NULL', 'SIGNAL_INVALID']);

/** The form in which words are compared: BMW's prefix `ASN_` away, upper case, one kind of joint. */
export function plainWord(word: string): string {
  const known = plainWords.get(word);
  if (known !== undefined) return known;
  const plain = madePlain(word);
  if (word.length > PLAIN_WORD_MOST) return plain;
  if (plainWords.size >= PLAIN_WORDS_KEPT) plainWords.clear();
  plainWords.set(word, plain);
  return plain;
}

const PLAIN_WORDS_KEPT = 4_096;
/** Longer ones are no words that come again. */
const PLAIN_WORD_MOST = 40;
/** The latest: clouds say the same few words with every body. */
const plainWords = new Map<string, string>();

function madePlain(word: string): string {
  return word
    .trim()
    .replace(/^ASN_/i, '')
    .toUpperCase()
    .replaceAll(/(?<=\w)[\s-]+(?=\w)/g, '_');
}

/** Tells whether a value says that there is none. */
export function saysNothing(value: Json, { absent }: Pick<FieldRule, 'absent'>): boolean {
  if (value === null || absent.some((one) => one === value)) return true;
  if (typeof value !== 'string') return false;
  const number = numberOf(value);
  return NOTHING.has(plainWord(value)) || (number !== null && absent.includes(number));
}

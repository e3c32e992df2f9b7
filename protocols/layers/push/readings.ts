/** What a decoder hands over as it walks through a body, and to whom: those who make messages of it, or only look whether any can be made. */
import type { Fault } from '#errors/fault';
import type { EpochMs } from '#model/clocks';
import type { Consent } from '#model/consent';
import type { Json } from '#model/json';
import { isoDuration } from './instant.ts';
import { numberOf } from './json.ts';
import type { FieldRule, FixPart } from './rules.ts';
import { converted, type Measure } from './units.ts';

/** One value as a provider states it. */
export interface Reading {
  /** The provider's name for it. */
  name: string;
  value: Json;
  /** The unit that came with it; `null` where none did. */
  unit: string | null;
  /** When it was measured; `null` where nobody says. */
  at: EpochMs | null;
  /** Where it stands in the body, as a JSON path. */
  path: string;
}

/** Takes what a body states, in the order of the walk. */
export interface Readings {
  /** See `Decoded.dialect`. */
  dialect: string | null;
  /** Takes a reading of a vehicle; without a rule it stays under its own name. */
  read(ident: string, reading: Reading, rule?: FieldRule): void;
  /** Adds an event that a vehicle states in a way of its own; `source` is what makes it itself. */
  happen(ident: string, at: EpochMs | null, code: string, alarm: boolean, source: Json): void;
  /** Marks what a vehicle states at a time as unloaded from a memory rather than sent live. */
  markStored(ident: string, at: EpochMs | null): void;
  /** Notes the provider's name of an event in the frame. */
  dedupe(...parts: readonly (string | number)[]): void;
  /** Notes a statement about the right to data. */
  consent(consent: Consent): void;
  /** Notes a fault at a place of the body. */
  fault(code: Fault['code'], path: string, detail: string): void;
}

/** Values of one message; a body that states more is an attack or a mistake. */
export const VALUES_MOST = 2_000;
/** Longest text that stays as it is, characters. */
export const TEXT_MOST = 4_096;

const LIMITS: Readonly<Record<FixPart, readonly [least: number, most: number]>> = {
  lat: [-90, 90],
  lon: [-180, 180],
  altitudeM: [-12_000, 100_000],
  courseDeg: [0, 360],
  speedKmh: [0, 2_000],
  satellites: [0, 255],
  hdop: [0, 1_000],
};

/** Tells whether a part of a position can have this value. */
export function isPossible(part: FixPart, value: number): boolean {
  const [least, most] = LIMITS[part];
  return value >= least && value <= most && (part !== 'satellites' || Number.isInteger(value));
}

/** The number that a value is in a measure; `null` where it is none. */
export function amountOf(value: Json, unit: string, measure: Measure): number | null {
  const number = numberOf(value);
  if (number !== null) return converted(number, unit, measure);
  return measure === 'SEC' ? isoDuration(value) : null;
}

/** Times as clouds write them: ISO 8601 with any number of decimals, or numbers since 1970. */
import type { EpochMs } from '#model/clocks';
import type { Json } from '#model/json';
import { numberOf } from './json.ts';

const DAY = /^(\d{4})-(\d{2})-(\d{2})/;
const ISO = new RegExp(
  `${DAY.source}[T ](\\d{2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,12}))?)?\\s*(Z|UTC|[+-]\\d{2}(?::?\\d{2})?)?$`,
  'i',
);
/** What a date can hold, ms either side of 1970. */
const FURTHEST = 8.64e15;

/** Reads ISO 8601; decimals beyond the millisecond are cut off, and a time without a zone is UTC. `null` for anything else. */
export function isoInstant(value: Json | undefined): EpochMs | null {
  if (typeof value !== 'string') return null;
  const parts = ISO.exec(value.trim());
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = 'Z'] = parts;
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  return instantOf([year, month, day, hour, minute, second].map(Number), ms, zoneMs(zone));
}

/** Reads `15.05.2017 15:51:00 UTC`, day first, and `05/15/2017 15:51 UTC`, month first: the forms BMW documents. */
export function dottedInstant(value: Json | undefined): EpochMs | null {
  if (typeof value !== 'string') return null;
  const parts = /^(\d{2})([./])(\d{2})\2(\d{4}) (\d{2}):(\d{2})(?::(\d{2}))?(?: UTC)?$/.exec(value.trim());
  if (parts === null) return null;
  const [, first, mark, second, year, hour, minute, seconds = '0'] = parts;
  const [day, month] = mark === '.' ? [first, second] : [second, first];
  return instantOf([year, month, day, hour, minute, seconds].map(Number), 0, 0);
}

function zoneMs(zone: string): number {
  const parts = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (parts === null) return 0;
  const [, sign, hours, minutes = '0'] = parts;
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
}

function instantOf(fields: readonly number[], ms: number, zone: number): EpochMs | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
  const at = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const date = new Date(at);
  // A day or an hour that does not exist would come out as another one.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 61;
  return exists ? at - zone : null;
}

/** Reads a number of milliseconds, or of `unitMs` each, since 1970; also as a text. `null` for what is no time. */
export function epochInstant(value: Json | undefined, unitMs = 1): EpochMs | null {
  const number = numberOf(value);
  if (number === null) return null;
  const at = Math.round(number * unitMs);
  return Math.abs(at) <= FURTHEST ? at : null;
}

const DURATION = /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Reads an ISO 8601 duration of days, hours, minutes and seconds: `PT1H30M` is 5,400. Seconds; `null` for anything else. */
export function isoDuration(value: Json | undefined): number | null {
  const parts = typeof value === 'string' && !/[PT]$/.test(value) ? DURATION.exec(value) : null;
  if (parts === null) return null;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts;
  return Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

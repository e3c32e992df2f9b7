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
  const usual = usualInstant(value);
  if (usual !== null) return usual;
  const parts = ISO.exec(value.trim());
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = 'Z'] = parts;
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  return instantOf([year, month, day, hour, minute, second].map(Number), ms, zoneMs(zone));
}

const DASH = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const USUAL = 'yyyy-mm-ddThh:mm:ssZ';
const USUAL_MS = 'yyyy-mm-ddThh:mm:ss.mmmZ';
/** No month has fewer days. */
const SURE_DAYS = 28;

/**
 * Reads what nearly all senders write, `2026-03-09T07:14:05Z`, with or without milliseconds, in a tenth of the time. `null` for every other form,
 * and for what has to be looked at closer.
 */
function usualInstant(text: string): EpochMs | null {
  if (!isMarkedAsUsual(text)) return null;
  const year = numberAt(text, 0, 4);
  const month = numberAt(text, 5, 2);
  const day = numberAt(text, 8, 2);
  const hour = numberAt(text, 11, 2);
  const minute = numberAt(text, 14, 2);
  const second = numberAt(text, 17, 2);
  const ms = text.length === USUAL_MS.length ? numberAt(text, 20, 3) : 0;
  // Of a year before 100 `Date.UTC` makes another one.
  const isDay = year >= 100 && isWithin(month, 1, 12) && isWithin(day, 1, SURE_DAYS);
  const isTime = isWithin(hour, 0, 23) && isWithin(minute, 0, 59) && isWithin(second, 0, 59) && ms >= 0;
  return isDay && isTime ? Date.UTC(year, month - 1, day, hour, minute, second, ms) : null;
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

/** Tells whether the text has the length of the usual form, and its marks between the numbers. */
function isMarkedAsUsual(text: string): boolean {
  const { length } = text;
  return (
    (length === USUAL.length || (length === USUAL_MS.length && text.charCodeAt(19) === POINT)) &&
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    text.charCodeAt(10) === LETTER_T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    text.charCodeAt(length - 1) === LETTER_Z
  );
}

/** The number that so many digits are; -1 where one is none. */
function numberAt(text: string, at: number, digits: number): number {
  let number = 0;
  for (let i = at; i < at + digits; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
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

/**
 * What Traccar Client sends, and what apps send that speak its older form.
 *
 * JSON: `{ location: { timestamp, coords, … }, device_id }`. Query: `id=…&lat=…&lon=…&timestamp=…&speed=…`, as the query of the address or as
 * a form in the body; the frame is that text without its `?`.
 */
import type { EpochMs } from '#model/clocks';
import type { Json } from '#model/json';
import type { SessionContext } from '#protocols/codec';
import { contentKey } from '#protocols/layers/push/canonical';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { epochInstant, isoInstant } from '#protocols/layers/push/instant';
import { firstOf, isObject, memberOf, numberOf, pathTo, textOf } from '#protocols/layers/push/json';
import { leavesOf } from '#protocols/layers/push/leaves';
import type { Readings } from '#protocols/layers/push/readings';
import { JSON_FIELDS, QUERY_FIELDS } from './fields.ts';

export function decodeReport(item: Json, path: string, context: SessionContext, into: Readings): void {
  if (isObject(memberOf(item, 'location'))) takeLocation(item, path, context, into);
  else takeQuery(item, path, context, into);
}

function takeLocation(item: Json, path: string, context: SessionContext, into: Readings): void {
  const ident = vehicleOf(memberOf(item, 'device_id'), pathTo(path, 'device_id'), context, into, false);
  if (ident === null) return;
  const location = memberOf(item, 'location');
  const at = timeOf(memberOf(location, 'timestamp'));
  if (at === null) into.fault('decode_range', pathTo(pathTo(path, 'location'), 'timestamp'), 'this is no time');
  into.dedupe(textOf(memberOf(location, 'uuid')) ?? `${ident}|${contentKey(location ?? null)}`);
  for (const { name, value, path: where } of leavesOf(item, path)) {
    into.read(ident, { name, value, unit: null, at, path: where }, JSON_FIELDS.get(name));
  }
}

function takeQuery(item: Json, path: string, context: SessionContext, into: Readings): void {
  const ident = vehicleOf(firstOf(item, 'id', 'deviceid'), pathTo(path, 'id'), context, into, false);
  if (ident === null || !isObject(item)) return;
  const stated = memberOf(item, 'timestamp');
  const at = timeOf(stated);
  if (at === null && stated !== undefined) into.fault('decode_range', pathTo(path, 'timestamp'), 'this is no time');
  into.dedupe(ident, contentKey(item));
  const pair = /^([^,]+),([^,]+)$/.exec(textOf(memberOf(item, 'location')) ?? '');
  const place = pair === null ? [] : [['lat', pair[1] ?? ''] as const, ['lon', pair[2] ?? ''] as const];
  for (const [name, value] of [...place, ...Object.entries(item)]) {
    into.read(ident, { name, value, unit: null, at, path: pathTo(path, name) }, QUERY_FIELDS.get(name));
  }
}

/** Seconds of a number of seconds, which will have ten digits for long. */
const SECONDS_BELOW = 2 ** 31;

/** ISO 8601, seconds, or milliseconds. */
function timeOf(value: Json | undefined): EpochMs | null {
  const number = numberOf(value);
  return number === null ? isoInstant(value) : epochInstant(number, number < SECONDS_BELOW ? 1_000 : 1);
}

/** Parameters a body may have, and characters of its text; more are no report of a phone. */
const PARAMETERS_MOST = 200;

/** Reads the query form; of a parameter that stands twice the last one counts. */
export function readQuery(frame: Uint8Array): Json {
  const text = new TextDecoder().decode(frame).trim().replace(/^\?/, '');
  const parameters = [...new URLSearchParams(text)].slice(0, PARAMETERS_MOST);
  return Object.fromEntries(parameters);
}

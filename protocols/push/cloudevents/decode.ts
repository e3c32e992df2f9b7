/**
 * CloudEvents 1.0 in structured mode, one or a batch of them, whose data is our own telemetry JSON (docs/push-formats.md).
 *
 * `{ specversion, id, source, type, time, subject, data }`, with `data_base64` in place of `data` where a sender prefers that.
 * Events in binary mode carry their attributes in headers: whoever takes the request puts them around the body.
 */
import type { EpochMs } from '#model/clocks';
import { EVENTS } from '#model/events';
import type { Json } from '#model/json';
import type { SessionContext } from '#protocols/codec';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { isoInstant } from '#protocols/layers/push/instant';
import { firstOf, isObject, itemsOf, memberOf, pathTo, readJson, textOf } from '#protocols/layers/push/json';
import { leavesOf } from '#protocols/layers/push/leaves';
import type { Readings } from '#protocols/layers/push/readings';
import { BY_KEY, POSITION } from './fields.ts';

/** Where a vehicle's values go. */
interface About {
  ident: string;
  at: EpochMs | null;
  into: Readings;
}

export function decodeEvent(item: Json, path: string, context: SessionContext, into: Readings): void {
  const [source, id] = [textOf(memberOf(item, 'source')), textOf(memberOf(item, 'id'))];
  if (textOf(memberOf(item, 'specversion')) === null || source === null || id === null) {
    into.fault('decode_malformed', path, 'this is no CloudEvent: it needs specversion, source and id');
    return;
  }
  const data = dataOf(item, path, into);
  if (data === null) return;
  const named = firstOf(data, 'vehicle') ?? memberOf(item, 'subject');
  const ident = vehicleOf(named, pathTo(path, 'subject'), context, into, false);
  if (ident === null) return;
  into.dedupe(source, id);
  const stated = firstOf(data, 'at') ?? memberOf(item, 'time');
  const at = isoInstant(stated);
  if (at === null && stated !== undefined) into.fault('decode_range', pathTo(path, 'time'), 'this is no time');
  const about: About = { ident, at, into };
  const place = pathTo(path, 'data');
  for (const [name, part] of Object.entries(data)) takePart(about, name, part, pathTo(place, name));
}

/** The data as an object; `null`, with a fault, where it is none. */
function dataOf(item: Json, path: string, into: Readings): Readonly<Record<string, Json>> | null {
  const data = memberOf(item, 'data');
  const encoded = memberOf(item, 'data_base64');
  if (isObject(data)) return data;
  const decoded = data === undefined && typeof encoded === 'string' ? readJson(bytesOf(encoded)) : null;
  if (isObject(decoded?.value ?? undefined)) return decoded?.value as Readonly<Record<string, Json>>;
  into.fault('decode_malformed', pathTo(path, 'data'), 'this is no object of telemetry');
  return null;
}

/** What base64 stands for; nothing where it is none. */
function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}

function takePart(about: About, name: string, part: Json, path: string): void {
  if (name === 'vehicle' || name === 'at') return;
  if (name === 'position') takePosition(about, part, path);
  else if (name === 'signals') takeSignals(about, part, path);
  else if (name === 'events') itemsOf(part).forEach((event, i) => takeEvent(about, event, pathTo(path, i)));
  else for (const leaf of leavesOf(part, path, name)) about.into.read(about.ident, { ...leaf, unit: null, at: about.at });
}

function takePosition({ ident, at, into }: About, part: Json, path: string): void {
  for (const { name, value, path: where } of leavesOf(part, path, 'position')) {
    into.read(ident, { name, value, unit: null, at, path: where }, POSITION.get(name));
  }
}

/** `{ "<key>": value }` or `{ "<key>": { "value", "unit", "at" } }`. */
function takeSignals({ ident, at, into }: About, part: Json, path: string): void {
  if (!isObject(part)) {
    into.fault('decode_malformed', path, 'this is no object of values by key');
    return;
  }
  for (const [name, stated] of Object.entries(part)) {
    const where = pathTo(path, name);
    const value = isObject(stated) ? (memberOf(stated, 'value') ?? null) : stated;
    const own = memberOf(stated, 'at');
    const measuredAt = isoInstant(own);
    if (measuredAt === null && own !== undefined) into.fault('decode_range', pathTo(where, 'at'), 'this is no time');
    into.read(
      ident,
      { name, value, unit: textOf(memberOf(stated, 'unit')), at: measuredAt ?? at, path: where },
      BY_KEY.get(name),
    );
  }
}

/** `"ignition.on"` or `{ "code": "secure.crash", "alarm": true }`. */
function takeEvent({ ident, at, into }: About, event: Json, path: string): void {
  const stated = isObject(event) ? memberOf(event, 'code') : event;
  const code = textOf(stated);
  if (code === null || code.length > 64) {
    into.fault('decode_malformed', path, 'this is no code of an event');
    return;
  }
  const known = Object.hasOwn(EVENTS, code) ? code : `cloudevents.${code.replaceAll(/[^\w.-]+/g, '_')}`;
  into.happen(ident, at, known, memberOf(event, 'alarm') === true, event);
}

/**
 * The car state of Mobilisights, which speaks for all makes of Stellantis: a tree whose leaves are `{ value, unit, datetime }`, and
 * the same flattened under `labels`, as Compass IoT passes it on.
 */
import type { EpochMs } from '#model/clocks';
import type { Json } from '#model/json';
import type { SessionContext } from '#protocols/codec';
import { contentKey } from '#protocols/layers/push/canonical';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { isoInstant } from '#protocols/layers/push/instant';
import { isObject, memberOf, pathTo, textOf } from '#protocols/layers/push/json';
import type { Readings } from '#protocols/layers/push/readings';
import { CAR_STATE } from './mobilisights-fields.ts';

/** Tells a car state from a callback. */
export function isCarState(item: Json): boolean {
  return (
    isObject(memberOf(item, 'labels')) ||
    memberOf(item, 'datetimeSending') !== undefined ||
    isObject(memberOf(item, 'geolocation'))
  );
}

/** Members of the envelope, and of every object: not a value of the vehicle. */
const AROUND = new Set(['_id', 'vin', 'datetime', 'datetimeSending']);

export function takeCarState(item: Json, path: string, context: SessionContext, into: Readings): void {
  into.dialect = 'mobilisights';
  const vin = vehicleOf(memberOf(item, 'vin'), pathTo(path, 'vin'), context, into);
  if (vin === null) return;
  const labels = memberOf(item, 'labels');
  // What stands beside the labels disagrees with them: they are the vehicle's word.
  const state = labels === undefined ? item : unflattened(labels);
  const place = labels === undefined ? path : pathTo(path, 'labels');
  const stated = memberOf(state, 'datetime') ?? memberOf(item, 'datetime');
  const at = isoInstant(stated);
  if (at === null) into.fault('decode_range', pathTo(place, 'datetime'), 'this is no time');
  into.dedupe(vin, at ?? '', contentKey(withoutTimes(state)));
  for (const [name, part] of Object.entries(isObject(state) ? state : {})) {
    if (!AROUND.has(name)) takePart(vin, name, part, at, pathTo(place, name), into);
  }
}

function takePart(vin: string, name: string, part: Json, at: EpochMs | null, path: string, into: Readings): void {
  if (!isObject(part)) {
    into.read(vin, { name, value: part, unit: null, at, path }, CAR_STATE.get(name));
    return;
  }
  const own = isoInstant(memberOf(part, 'datetime')) ?? at;
  const value = memberOf(part, 'value');
  const unit = textOf(memberOf(part, 'unit'));
  if (value !== undefined) into.read(vin, { name, value, unit, at: own, path: pathTo(path, 'value') }, CAR_STATE.get(name));
  for (const [member, inner] of Object.entries(part)) {
    if (member === 'datetime' || member === 'value' || member === 'unit') continue;
    takePart(vin, `${name}.${member}`, inner, own, pathTo(path, member), into);
  }
}

/** Turns `{ "odometer.value": "20446" }` into `{ odometer: { value: "20446" } }`. A name that is a value and a parent is let be. */
function unflattened(labels: Json): Json {
  const tree = new Map<string, unknown>();
  for (const [name, value] of Object.entries(isObject(labels) ? labels : {})) {
    const parts = name.split('.');
    let at = tree;
    for (const part of parts.slice(0, -1)) {
      const next = at.get(part);
      const inner = next instanceof Map ? (next as Map<string, unknown>) : new Map<string, unknown>();
      if (!(next instanceof Map)) at.set(part, inner);
      at = inner;
    }
    at.set(parts.at(-1) ?? name, value);
  }
  return plain(tree);
}

function plain(tree: ReadonlyMap<string, unknown>): Json {
  const members = [...tree].map(([name, value]) => [
    name,
    value instanceof Map ? plain(value as Map<string, unknown>) : (value as Json),
  ]);
  return Object.fromEntries(members) as Json;
}

/** The state as it is but for times and numbers of the export: an export repeats a state under new ones. */
function withoutTimes(value: Json): Json {
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([name]) => !AROUND.has(name));
  return Object.fromEntries(members.map(([name, member]) => [name, withoutTimes(member)]));
}

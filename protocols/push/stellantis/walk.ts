/**
 * Goes through what the ex-PSA interface says of a vehicle, and gives each value with its name, its time and its place.
 *
 * An object has its own time in `createdAt`, `updatedAt` before version 4, which holds for what is in it. Items of a list are named by what
 * they are: `energies.electric.level`. Spellings of older versions become those of the newest.
 */
import type { EpochMs } from '#model/clocks';
import type { Json } from '#model/json';
import { isoInstant } from '#protocols/layers/push/instant';
import { firstOf, isObject, itemsOf, memberOf, pathTo, textOf } from '#protocols/layers/push/json';

export interface Stated {
  name: string;
  value: Json;
  at: EpochMs | null;
  path: string;
}

/** Names by which older versions, and other documents, call the same. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['energy', 'energies'],
  ['engine', 'engines'],
  ['preconditionning', 'preconditioning'],
  ['doorState', 'doorsState'],
  ['lockedState', 'lockedStates'],
  ['lastPosition', 'position'],
  ['maintenances', 'maintenance'],
]);

/** Members that only wrap, or that only name what the path names already. */
const WRAPPERS = new Set(['extension', 'electric', 'fuel', 'thermic', 'hybrid']);
const LEFT_OUT = new Set(['createdAt', 'updatedAt', '_links', '_embedded']);

/** By which member the items of a list are named. */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['energies', 'type'],
  ['engines', 'type'],
  ['doorsState.opening', 'identifier'],
]);

/** Walks a value under a name; an empty one for the vehicle itself. */
export function* statedIn(value: Json, name: string, at: EpochMs | null, path: string): Generator<Stated> {
  if (Array.isArray(value) && NAMED_BY.has(name)) {
    for (const [index, item] of itemsOf(value).entries()) yield* itemOf(item, name, at, pathTo(path, index));
    return;
  }
  if (!isObject(value)) {
    // A list of one, as the lock states mostly are, is the one.
    yield { name, value: Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value, at, path };
    return;
  }
  const own = isoInstant(firstOf(value, 'createdAt', 'updatedAt')) ?? at;
  const place = memberOf(memberOf(value, 'geometry'), 'coordinates');
  if (place !== undefined) {
    yield* positionOf(value, name, own, path);
    return;
  }
  for (const [member, inner] of Object.entries(value)) {
    if (LEFT_OUT.has(member)) continue;
    yield* statedIn(inner, joined(name, member), own, pathTo(path, member));
  }
}

function* itemOf(item: Json, name: string, at: EpochMs | null, path: string): Generator<Stated> {
  const by = NAMED_BY.get(name) ?? '';
  const kind = textOf(memberOf(item, by));
  if (!isObject(item) || kind === null) {
    yield { name, value: item, at, path };
    return;
  }
  const { [by]: _kind, ...rest } = item;
  const own = `${name}.${kind.toLowerCase()}`;
  // `{ identifier, state }` says one thing of one opening.
  const { state } = rest;
  if (by === 'identifier' && state !== undefined) yield { name: own, value: state, at, path: pathTo(path, 'state') };
  else yield* statedIn(rest, own, at, path);
}

function joined(name: string, member: string): string {
  const known = SPELLINGS.get(member) ?? member;
  if (name !== '' && WRAPPERS.has(known)) return name;
  return name === '' ? known : `${name}.${known}`;
}

/** A GeoJSON point: longitude first, altitude where there is one. What is known about it stands in its properties. */
function* positionOf(feature: Json, name: string, at: EpochMs | null, path: string): Generator<Stated> {
  const properties = memberOf(feature, 'properties');
  const own = isoInstant(firstOf(properties, 'createdAt', 'updatedAt')) ?? at;
  const coordinates = pathTo(pathTo(path, 'geometry'), 'coordinates');
  const parts = itemsOf(memberOf(memberOf(feature, 'geometry'), 'coordinates'));
  for (const [index, part] of ['longitude', 'latitude', 'altitude'].entries()) {
    const value = parts[index];
    if (value !== undefined) yield { name: `${name}.${part}`, value, at: own, path: pathTo(coordinates, index) };
  }
  if (properties !== undefined) yield* statedIn(properties, name, own, pathTo(path, 'properties'));
}

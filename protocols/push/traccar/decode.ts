/**
 * What a Traccar server forwards as JSON: `{ position, device }` for each position, `{ event, position, device }` for each event.
 *
 * Speeds are in knots, distances in metres, as the server keeps them. The device is named by `device.uniqueId`.
 */
import type { EpochMs } from '#model/clocks';
import type { Json } from '#model/json';
import type { SessionContext } from '#protocols/codec';
import { contentKey } from '#protocols/layers/push/canonical';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { isoInstant } from '#protocols/layers/push/instant';
import { isObject, memberOf, pathTo, textOf } from '#protocols/layers/push/json';
import { leavesOf } from '#protocols/layers/push/leaves';
import type { Readings } from '#protocols/layers/push/readings';
import { ATTRIBUTES, EVENT_TYPES, POSITION } from './fields.ts';

export function decodeForwarded(item: Json, path: string, context: SessionContext, into: Readings): void {
  const device = memberOf(item, 'device');
  const ident = vehicleOf(memberOf(device, 'uniqueId'), pathTo(pathTo(path, 'device'), 'uniqueId'), context, into, false);
  if (ident === null) return;
  const [position, event] = [memberOf(item, 'position'), memberOf(item, 'event')];
  if (!isObject(position) && !isObject(event)) {
    into.fault('decode_malformed', path, 'there is neither a position nor an event');
    return;
  }
  if (isObject(position)) takePosition(ident, position, pathTo(path, 'position'), into);
  if (isObject(event)) takeEvent(ident, event, pathTo(path, 'event'), into);
}

function takePosition(ident: string, position: Json, path: string, into: Readings): void {
  const isOld = memberOf(position, 'outdated') === true;
  const at = timeIn(position, path, into, ...(isOld ? ['deviceTime', 'fixTime'] : ['fixTime', 'deviceTime']));
  into.dedupe(ident, contentKey([at, memberOf(position, 'attributes') ?? null, memberOf(position, 'latitude') ?? null]));
  for (const [name, value] of Object.entries(isObject(position) ? position : {})) {
    if (name === 'attributes') continue;
    into.read(ident, { name, value, unit: null, at, path: pathTo(path, name) }, POSITION.get(name));
  }
  const attributes = pathTo(path, 'attributes');
  for (const { name, value, path: where } of leavesOf(memberOf(position, 'attributes'), attributes)) {
    if (name === '') into.fault('decode_malformed', attributes, 'this is no object');
    else into.read(ident, { name, value, unit: null, at, path: where }, ATTRIBUTES.get(name));
  }
}

function takeEvent(ident: string, event: Json, path: string, into: Readings): void {
  const type = textOf(memberOf(event, 'type'));
  const at = timeIn(event, path, into, 'eventTime', 'serverTime');
  if (type === null) {
    into.fault('decode_malformed', pathTo(path, 'type'), 'this is no type of event');
    return;
  }
  into.dedupe(ident, type, at ?? '');
  const code = EVENT_TYPES.get(type) ?? `traccar.${type.replaceAll(/[^\w.-]+/g, '_').slice(0, 64)}`;
  into.happen(ident, at, code, type === 'alarm', [type, memberOf(event, 'attributes') ?? null]);
}

/** The first time of these members that can be read; a fault where one stands that cannot. */
function timeIn(of: Json, path: string, into: Readings, ...names: readonly string[]): EpochMs | null {
  for (const name of names) {
    const stated = memberOf(of, name);
    const at = isoInstant(stated);
    if (at !== null) return at;
    if (stated !== undefined && stated !== null) into.fault('decode_range', pathTo(path, name), 'this is no time');
  }
  return null;
}

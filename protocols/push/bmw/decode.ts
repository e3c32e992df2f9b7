/**
 * What a message of the CarData stream means, and the answer of its REST interface, which has the same values as texts.
 *
 * `{ vin, entityId, topic, timestamp, data: { "<descriptor>": { value, unit, timestamp } } }`; REST has `telematicData` in the place
 * of `data`. The envelope's time is when it was sent. Each value has its own.
 */
import type { SessionContext } from '#protocols/codec';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { isoInstant } from '#protocols/layers/push/instant';
import type { Json } from '#model/json';
import { firstOf, isObject, memberOf, pathTo, textOf } from '#protocols/layers/push/json';
import type { Readings } from '#protocols/layers/push/readings';
import { FIELDS } from './fields.ts';

export function decodeMessage(item: Json, path: string, context: SessionContext, into: Readings): void {
  const vin = vehicleOf(memberOf(item, 'vin'), pathTo(path, 'vin'), context, into);
  if (vin === null) return;
  const name = memberOf(item, 'telematicData') === undefined ? 'data' : 'telematicData';
  const values = memberOf(item, name);
  if (!isObject(values)) {
    into.fault('decode_malformed', pathTo(path, name), 'this is no object of values by descriptor');
    return;
  }
  const sentAt = isoInstant(memberOf(item, 'timestamp'));
  for (const [descriptor, stated] of Object.entries(values)) {
    const place = pathTo(pathTo(path, name), descriptor);
    if (!isObject(stated)) {
      into.fault('decode_malformed', place, 'this is no object with a value');
      continue;
    }
    const time = textOf(memberOf(stated, 'timestamp'));
    const measuredAt = isoInstant(time);
    if (time !== null && measuredAt === null) into.fault('decode_range', pathTo(place, 'timestamp'), 'this is no time');
    const value = memberOf(stated, 'value') ?? null;
    if (value === null) continue;
    // A value whose own time cannot be read was still measured before it was sent.
    const at = measuredAt ?? sentAt;
    into.dedupe(vin, descriptor, at ?? time ?? '');
    into.read(vin, { name: descriptor, value, unit: unitOf(stated), at, path: place }, FIELDS.get(descriptor));
  }
}

/** The unit as it is stated; `null` for the ways in which none is. */
function unitOf(stated: Json): string | null {
  const unit = textOf(firstOf(stated, 'unit'));
  return unit === null || unit === 'null' ? null : unit;
}

/**
 * What OwnTracks' apps post over HTTP, and publish over MQTT: one message a request, told apart by `_type`.
 *
 * Who sends it is the user of the request; where that says nothing, the topic that the message carries names user and device.
 */
import type { Json } from '#model/json';
import type { SessionContext } from '#protocols/codec';
import { contentKey } from '#protocols/layers/push/canonical';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { epochInstant } from '#protocols/layers/push/instant';
import { isObject, memberOf, pathTo, textOf } from '#protocols/layers/push/json';
import { leavesOf } from '#protocols/layers/push/leaves';
import type { Readings } from '#protocols/layers/push/readings';
import { FIELDS } from './fields.ts';

/** Types that say where a phone is. */
const PLACES = new Set(['location', 'transition']);
/** Types that are about the app, not about a place: they are taken, and leave nothing. */
const OTHERS = new Set([
  'waypoint',
  'waypoints',
  'beacon',
  'card',
  'cmd',
  'configuration',
  'lwt',
  'status',
  'steps',
  'request',
]);

export function decodeMessage(item: Json, path: string, context: SessionContext, into: Readings): void {
  const type = textOf(memberOf(item, '_type'));
  if (!isObject(item) || type === null) {
    into.fault('decode_malformed', path, 'this is no message of OwnTracks: it has no _type');
    return;
  }
  if (OTHERS.has(type)) return;
  if (!PLACES.has(type)) {
    into.fault(
      'decode_unsupported',
      pathTo(path, '_type'),
      `nothing is known of the type ${JSON.stringify(type.slice(0, 40))}`,
    );
    return;
  }
  const ident = context.ident ?? vehicleOf(sender(item), path, context, into, false);
  if (ident === null) return;
  const at = epochInstant(memberOf(item, 'tst'), 1_000);
  if (at === null) into.fault('decode_range', pathTo(path, 'tst'), 'this is no time in seconds');
  const { created_at: _sent, topic: _topic, _id: _number, ...event } = item;
  into.dedupe(ident, contentKey(event));
  for (const { name, value, path: where } of leavesOf(item, path)) {
    into.read(ident, { name, value, unit: null, at, path: where }, FIELDS.get(name));
  }
}

/** `owntracks/<user>/<device>` names `<user>/<device>`. */
function sender(item: Json): string | undefined {
  const [, user, device] = textOf(memberOf(item, 'topic'))?.split('/') ?? [];
  return user === undefined || device === undefined ? undefined : `${user}/${device}`;
}

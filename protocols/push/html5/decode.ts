/**
 * What the tracker page posts: a list of fixes, each `{ "id", "seq", "timestamp", "coords": {…}, "queued" }`, or one of them alone.
 *
 * Who sends them is the bearer of the request's token, never the body: a page could claim to be any other.
 */
import type { Json } from '#model/json';
import type { Decoded, SessionContext } from '#protocols/codec';
import { contentKey } from '#protocols/layers/push/canonical';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { epochInstant } from '#protocols/layers/push/instant';
import { isObject, itemsOf, memberOf, numberOf, pathTo, textOf } from '#protocols/layers/push/json';
import { leavesOf } from '#protocols/layers/push/leaves';
import type { MessageSet } from '#protocols/layers/push/message-set';
import { FIELDS } from './fields.ts';

export function decodeFix(item: Json, path: string, context: SessionContext, into: MessageSet): void {
  const ident = vehicleOf(undefined, path, context, into, false);
  if (ident === null) return;
  const at = epochInstant(memberOf(item, 'timestamp'));
  const coords = memberOf(item, 'coords');
  const place = ['latitude', 'longitude'].map((name) => numberOf(memberOf(coords, name)));
  if (!isObject(item) || at === null || place.includes(null)) {
    into.fault('decode_malformed', path, 'this is no fix: it needs timestamp, coords.latitude and coords.longitude');
    return;
  }
  into.dedupe(ident, textOf(memberOf(item, 'id')) ?? contentKey(item));
  for (const { name, value, path: where } of leavesOf(item, path)) {
    into.read(ident, { name, value, unit: null, at, path: where }, FIELDS.get(name));
  }
  if (memberOf(item, 'queued') === true) into.markStored(ident, at);
}

/**
 * What the page hears: the ids it may forget, and those it may forget as well because they can never be taken, with the reason.
 */
export function answerOf({ faults }: Decoded, body: Json | null): Uint8Array {
  const accepted: string[] = [];
  const rejected: { id: string | null; reason: string }[] = [];
  const items = Array.isArray(body)
    ? itemsOf(body).map((item, i) => ({ item, path: pathTo('$', i) }))
    : [{ item: body, path: '$' }];
  for (const { item, path } of items) {
    const id = textOf(memberOf(item ?? undefined, 'id'));
    const fault = faults.find(({ detail }) => detail.startsWith(`${path}:`) || detail.startsWith(`${path}.`));
    if (fault !== undefined) rejected.push({ id, reason: fault.detail });
    else if (id !== null) accepted.push(id);
  }
  return new TextEncoder().encode(JSON.stringify({ accepted, rejected }));
}

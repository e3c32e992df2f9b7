/**
 * What the tracker page posts: a batch `{ "batch", "fixes": […] }`, a list of fixes, each `{ "id", "seq", "timestamp", "coords": {…},
 * "queued" }`, or one of them alone.
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
import type { Readings } from '#protocols/layers/push/readings';
import { FIELDS } from './fields.ts';

export function decodeBody(item: Json, path: string, context: SessionContext, into: Readings): void {
  const fixes = path === '$' ? memberOf(item, 'fixes') : undefined;
  if (!Array.isArray(fixes)) return decodeFix(item, path, context, into);
  for (const [i, fix] of itemsOf(fixes).entries()) decodeFix(fix, pathTo('$.fixes', i), context, into);
}

function decodeFix(item: Json, path: string, context: SessionContext, into: Readings): void {
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
 * What the page hears: the ids it may forget, and those it may forget as well because they can never be taken, with the reason. To a
 * batch it also says which one is answered, and through which `seq` of it all is taken.
 */
export function answerOf({ faults }: Decoded, body: Json | null): Uint8Array {
  const accepted: string[] = [];
  const rejected: { id: string | null; reason: string }[] = [];
  const fixes = memberOf(body ?? undefined, 'fixes');
  const items = Array.isArray(fixes)
    ? placed(fixes, '$.fixes')
    : Array.isArray(body)
      ? placed(body, '$')
      : [{ item: body, path: '$' }];
  for (const { item, path } of items) {
    const id = textOf(memberOf(item ?? undefined, 'id'));
    const fault = faults.find(({ detail }) => detail.startsWith(`${path}:`) || detail.startsWith(`${path}.`));
    if (fault !== undefined) rejected.push({ id, reason: fault.detail });
    else if (id !== null) accepted.push(id);
  }
  const answer = { accepted, rejected };
  if (!Array.isArray(fixes)) return toBytes(answer);
  const through = items.map(({ item }) => numberOf(memberOf(item ?? undefined, 'seq'))).filter((seq) => seq !== null);
  return toBytes({
    ...answer,
    batch: numberOf(memberOf(body ?? undefined, 'batch')),
    through: through.length === 0 ? null : Math.max(...through),
  });
}

function placed(items: readonly Json[], path: string): { item: Json; path: string }[] {
  return itemsOf(items).map((item, i) => ({ item, path: pathTo(path, i) }));
}

function toBytes(answer: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(answer));
}

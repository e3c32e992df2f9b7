/**
 * What Pleos' Fleet API posts: periodic values, vehicle events, and the end of a consent.
 *
 * `{ vin, vehicleId, itemsCount, items: [{ messageTime, data }] }`. Whether keys of `data` are nested or dotted the documents leave
 * open: both are read. Each value is `{ value, eventTime }`, times in nanoseconds, of which milliseconds are kept.
 */
import type { EpochMs } from '#model/clocks';
import type { Json } from '#model/json';
import type { SessionContext } from '#protocols/codec';
import { contentKey } from '#protocols/layers/push/canonical';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { isoInstant } from '#protocols/layers/push/instant';
import { firstOf, isObject, itemsOf, memberOf, pathTo, textOf } from '#protocols/layers/push/json';
import { leavesOf } from '#protocols/layers/push/leaves';
import type { Readings } from '#protocols/layers/push/readings';
import { FIELDS } from './fields.ts';

export function decodeBody(item: Json, path: string, context: SessionContext, into: Readings): void {
  if (memberOf(item, 'vins') !== undefined || memberOf(item, 'userIds') !== undefined) {
    takeConsentEnd(item, path, into);
    return;
  }
  const vin = vehicleOf(memberOf(item, 'vin'), pathTo(path, 'vin'), context, into);
  if (vin === null) return;
  const [periodic, events] = [memberOf(item, 'items'), memberOf(item, 'events')];
  if (!Array.isArray(periodic) && !Array.isArray(events)) {
    into.fault('decode_malformed', path, 'there is neither a list "items" nor a list "events"');
    return;
  }
  itemsOf(periodic).forEach((one, i) => takeItem(vin, one, pathTo(pathTo(path, 'items'), i), into));
  itemsOf(events).forEach((one, i) => takeEvent(vin, one, pathTo(pathTo(path, 'events'), i), into));
}

function takeItem(vin: string, item: Json, path: string, into: Readings): void {
  const stated = textOf(memberOf(item, 'messageTime'));
  const messageAt = isoInstant(stated);
  if (messageAt === null) into.fault('decode_range', pathTo(path, 'messageTime'), 'this is no time');
  into.dedupe(vin, stated ?? contentKey(item));
  takeValues(vin, memberOf(item, 'data'), messageAt, pathTo(path, 'data'), into);
}

/** No document of ours shows an event: its kind and time are looked for under the names that are likely (README.md). */
function takeEvent(vin: string, item: Json, path: string, into: Readings): void {
  const kind = textOf(firstOf(item, 'eventType', 'type', 'eventName', 'name'));
  const stated = textOf(firstOf(item, 'eventTime', 'messageTime', 'time'));
  const at = isoInstant(stated);
  if (kind === null || at === null) {
    into.fault('decode_malformed', path, 'this is no event with a kind and a time');
    return;
  }
  into.dedupe(vin, stated ?? '', kind);
  into.happen(vin, at, `hyundai-kia.${kind.replaceAll(/[^\w.-]+/g, '_').slice(0, 64)}`, false, item);
  takeValues(vin, memberOf(item, 'data'), at, pathTo(path, 'data'), into);
}

function takeValues(vin: string, data: Json | undefined, messageAt: EpochMs | null, path: string, into: Readings): void {
  if (data !== undefined && !isObject(data)) into.fault('decode_malformed', path, 'this is no object of values');
  if (!isObject(data)) return;
  for (const { name, value: stated, path: where } of leavesOf(data, path, '', isValue)) {
    const own = isValue(stated) ? stated : null;
    const eventTime = own === null ? undefined : memberOf(own, 'eventTime');
    const measuredAt = isoInstant(eventTime);
    if (measuredAt === null && eventTime !== undefined)
      into.fault('decode_range', pathTo(where, 'eventTime'), 'this is no time');
    const value = own === null ? stated : (memberOf(own, 'value') ?? null);
    const unit = own === null ? null : textOf(memberOf(own, 'unit'));
    into.read(vin, { name, value, unit, at: measuredAt ?? messageAt, path: where }, FIELDS.get(name));
  }
}

function isValue(value: Json): boolean {
  return memberOf(value, 'value') !== undefined;
}

/** `{ userIds, vins }`: the consent has ended, and all data of these vehicles must be deleted at once. */
function takeConsentEnd(item: Json, path: string, into: Readings): void {
  const users = textsIn(memberOf(item, 'userIds'));
  const vins = textsIn(memberOf(item, 'vins'));
  if (users === null || vins === null || users.length + vins.length === 0) {
    into.fault('decode_malformed', path, 'this ends a consent of nobody: userIds and vins are to be lists of texts');
    return;
  }
  into.dedupe('consent', contentKey(item));
  const about = vins.length === 0 ? [null] : vins.map((vin) => vin.toUpperCase());
  for (const ident of about) {
    into.consent({
      ident,
      users,
      kind: 'withdrawn',
      scope: 'all',
      demands: 'erase',
      at: null,
      cause: 'the user has ended the consent',
    });
  }
}

/** The texts of a list, which may be missing; `null` where it holds anything else. */
function textsIn(value: Json | undefined): string[] | null {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return null;
  const texts = itemsOf(value)
    .map(textOf)
    .filter((text) => text !== null);
  return texts.length === value.length ? texts : null;
}

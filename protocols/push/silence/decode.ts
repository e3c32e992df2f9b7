/**
 * What is known of Silence's scooters: the list of `/me/scooters` and a trip as the maker's interface answers them, and the values of
 * the open private server, all in one object or one a topic.
 */
import type { EpochMs } from '#model/clocks';
import type { Json } from '#model/json';
import type { SessionContext } from '#protocols/codec';
import { contentKey } from '#protocols/layers/push/canonical';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { epochInstant, isoInstant } from '#protocols/layers/push/instant';
import { firstOf, isObject, itemsOf, memberOf, pathTo, textOf } from '#protocols/layers/push/json';
import { leavesOf } from '#protocols/layers/push/leaves';
import type { Readings } from '#protocols/layers/push/readings';
import { SCOOTER, SERVER, TRIP } from './fields.ts';

export function decodeBody(item: Json, path: string, context: SessionContext, into: Readings): void {
  if (context.dialect !== null) takeServer({ [context.dialect]: item }, path, context, into);
  else if (!isObject(item)) into.fault('decode_malformed', path, 'this is no object');
  else if (memberOf(item, 'startDate') !== undefined) takeTrip(item, path, context, into);
  else if (SERVER_NAMES.some((name) => memberOf(item, name) !== undefined)) takeServer(item, path, context, into);
  else takeScooter(item, path, context, into);
}

/** By these a body of the private server is told from one of the maker's. */
const SERVER_NAMES = ['last-update', 'SOCbatteria', 'astraBatterySOC', 'odo'];

function takeScooter(item: Json, path: string, context: SessionContext, into: Readings): void {
  const ident = vehicleOf(firstOf(item, 'imei', 'frameNo'), pathTo(path, 'imei'), context, into);
  if (ident === null) return;
  const { lastConnection: _connection, ...statement } = isObject(item) ? item : {};
  into.dedupe(ident, contentKey(statement));
  const reportedAt = timeIn(item, path, 'lastReportTime', into);
  const parts = new Map([
    ['lastLocation', timeIn(memberOf(item, 'lastLocation'), pathTo(path, 'lastLocation'), 'time', into)],
    ['trackingDevice', timeIn(memberOf(item, 'trackingDevice'), pathTo(path, 'trackingDevice'), 'timestamp', into)],
  ]);
  for (const { name, value, path: where } of leavesOf(item, path)) {
    const at = parts.get(name.split('.')[0] ?? '') ?? reportedAt;
    into.read(ident, { name, value, unit: null, at, path: where }, SCOOTER.get(name));
  }
}

function takeTrip(item: Json, path: string, context: SessionContext, into: Readings): void {
  const ident = vehicleOf(firstOf(item, 'imei', 'frameNo'), pathTo(path, 'imei'), context, into);
  if (ident === null) return;
  into.dedupe(ident, textOf(memberOf(item, 'id')) ?? contentKey(item));
  const startedAt = timeIn(item, path, 'startDate', into);
  const endedAt = timeIn(item, path, 'endDate', into);
  const { points, startDate: _start, endDate: _end, imei: _imei, frameNo: _frame, ...values } = isObject(item) ? item : {};
  if (startedAt !== null) into.happen(ident, startedAt, 'trip.start', false, 'startDate');
  if (endedAt !== null) into.happen(ident, endedAt, 'trip.stop', false, 'endDate');
  for (const [member, value] of Object.entries(values)) {
    const at = member.startsWith('start') || member.startsWith('from') ? startedAt : (endedAt ?? startedAt);
    const name = `trip.${member}`;
    into.read(ident, { name, value, unit: null, at, path: pathTo(path, member) }, TRIP.get(name));
  }
  for (const [index, point] of itemsOf(points).entries()) {
    const place = pathTo(pathTo(path, 'points'), index);
    const at = timeIn(point, place, 'timestamp', into);
    for (const member of ['lat', 'lon']) {
      const value = memberOf(point, member) ?? null;
      into.read(
        ident,
        { name: `trip.${member}`, value, unit: null, at, path: pathTo(place, member) },
        TRIP.get(`trip.${member}`),
      );
    }
  }
}

/** Values of the private server: the time is in one of them, or nobody says it. */
function takeServer(item: Json, path: string, context: SessionContext, into: Readings): void {
  const ident = vehicleOf(firstOf(item, 'imei', 'IMEI'), pathTo(path, 'imei'), context, into);
  if (ident === null || !isObject(item)) return;
  const stated = memberOf(item, 'last-update');
  const at = epochInstant(stated, 1_000);
  if (at === null && stated !== undefined)
    into.fault('decode_range', pathTo(path, 'last-update'), 'this is no time in seconds');
  const { imei: _imei, IMEI: _IMEI, ...values } = item;
  into.dedupe(ident, contentKey(values));
  for (const [name, value] of Object.entries(values)) {
    const rule = SERVER.get(name) ?? (name === 'status' || name === 'range' ? SCOOTER.get(name) : undefined);
    into.read(ident, { name, value, unit: null, at, path: pathTo(path, name) }, rule);
  }
}

function timeIn(of: Json | undefined, path: string, name: string, into: Readings): EpochMs | null {
  const stated = memberOf(of, name);
  const at = isoInstant(stated);
  if (at === null && stated !== undefined && stated !== null) into.fault('decode_range', pathTo(path, name), 'this is no time');
  return at;
}

/** Reads a bare value, as a topic of the private server carries it: a number, a boolean or a text. */
export function readBare(frame: Uint8Array): Json {
  const text = new TextDecoder().decode(frame).trim();
  const number = Number(text);
  return text !== '' && Number.isFinite(number) ? number : text;
}

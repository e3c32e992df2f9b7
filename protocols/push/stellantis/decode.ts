/**
 * What the callbacks of Stellantis' ex-PSA interface post: monitor and remote events, of the B2B interface and in the wrapper of the B2C
 * one, alone or as a list; and the car states of Mobilisights.
 */
import type { EpochMs } from '#model/clocks';
import type { Json } from '#model/json';
import type { SessionContext } from '#protocols/codec';
import { contentKey } from '#protocols/layers/push/canonical';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { isoInstant } from '#protocols/layers/push/instant';
import { firstOf, isObject, itemsOf, memberOf, pathTo, textOf } from '#protocols/layers/push/json';
import type { Readings } from '#protocols/layers/push/readings';
import { FIELDS } from './fields.ts';
import { isCarState, takeCarState } from './mobilisights.ts';
import { statedIn } from './walk.ts';

/** One event of one vehicle. */
interface Frame {
  vin: string;
  at: EpochMs | null;
  /** A reminder of what was said before: its alerts are no events. */
  isReminder: boolean;
  into: Readings;
}

export function decodeBody(item: Json, path: string, context: SessionContext, into: Readings): void {
  if (isCarState(item)) {
    takeCarState(item, path, context, into);
    return;
  }
  const of = textOf(firstOf(item, 'monitorId', 'callbackId')) ?? '';
  const events = memberOf(item, 'events');
  const wrapped = ['monitorEvent', 'remoteEvent'].filter((name) => isObject(memberOf(item, name)));
  if (!Array.isArray(events) && wrapped.length === 0) {
    into.fault('decode_malformed', path, 'there is neither a list "events" nor a "monitorEvent" or "remoteEvent"');
    return;
  }
  itemsOf(events).forEach((event, i) => takeEvent(of, event, undefined, pathTo(pathTo(path, 'events'), i), context, into));
  const date = memberOf(item, 'date');
  for (const name of wrapped) takeEvent(of, memberOf(item, name) as Json, date, pathTo(path, name), context, into);
}

function takeEvent(
  of: string,
  event: Json,
  wrapperDate: Json | undefined,
  path: string,
  context: SessionContext,
  into: Readings,
): void {
  const vin = vehicleOf(firstOf(event, 'vin', 'vid'), pathTo(path, 'vin'), context, into);
  if (vin === null) return;
  const stated = firstOf(event, 'eventDate', 'date') ?? wrapperDate;
  const at = isoInstant(stated);
  if (at === null) into.fault('decode_range', pathTo(path, 'eventDate'), 'this is no time');
  const frame: Frame = { vin, at, isReminder: memberOf(event, 'refresh') === true, into };
  const action = textOf(memberOf(event, 'remoteActionId'));
  if (action !== null) {
    into.dedupe(of, action, vin, at ?? '', contentKey(memberOf(event, 'eventStatus') ?? null));
    takeRemote(frame, event, path);
    return;
  }
  const [values, extensions] = [memberOf(event, 'values') ?? null, memberOf(event, 'extensions') ?? null];
  into.dedupe(of, vin, at ?? '', contentKey([values, extensions]));
  if (frame.isReminder) state(frame, 'refresh', true, at, pathTo(path, 'refresh'));
  state(frame, 'fleetId', memberOf(event, 'fleetId'), at, pathTo(path, 'fleetId'));
  itemsOf(values).forEach((value, i) => takeValue(frame, value, pathTo(pathTo(path, 'values'), i)));
  itemsOf(extensions).forEach((extension, i) => takeExtension(frame, extension, pathTo(pathTo(path, 'extensions'), i)));
}

/** `{ data, value: { type, body } }`: the body is one text, whose meaning the name tells, or a list of objects. */
function takeValue(frame: Frame, value: Json, path: string): void {
  const data = textOf(memberOf(value, 'data'));
  const body = memberOf(memberOf(value, 'value'), 'body');
  const place = pathTo(pathTo(path, 'value'), 'body');
  if (data === null || !isObject(body)) {
    frame.into.fault('decode_malformed', path, 'this is no value with a name and a body');
    return;
  }
  const name = data.replace(/^vehicle\./, '').replace(/^energy\./, 'energies.');
  const literal = memberOf(body, 'literalValue');
  if (literal !== undefined) state(frame, name, literal, frame.at, pathTo(place, 'literalValue'));
  const objects = memberOf(body, 'objectValues');
  if (objects !== undefined)
    takeNamed(frame, name.endsWith('collisions') ? 'collisions' : 'alerts', objects, pathTo(place, 'objectValues'));
}

/** `{ type, body }`, where the body has one member for what it is about. */
function takeExtension(frame: Frame, extension: Json, path: string): void {
  const body = memberOf(extension, 'body');
  if (!isObject(body)) {
    frame.into.fault('decode_malformed', pathTo(path, 'body'), 'this is no object');
    return;
  }
  for (const [name, part] of Object.entries(body)) takeNamed(frame, name, part, pathTo(pathTo(path, 'body'), name));
}

function takeNamed(frame: Frame, name: string, part: Json, path: string): void {
  if (name === 'alerts') itemsOf(part).forEach((alert, i) => takeAlert(frame, alert, pathTo(path, i)));
  else if (name === 'collisions') itemsOf(part).forEach((collision, i) => takeCollision(frame, collision, pathTo(path, i)));
  else if (name === 'trip') takeTrip(frame, part, path);
  else if (name === 'telemetry') takeTelemetry(frame, part, path);
  else take(frame, part, name === 'status' ? '' : name, path);
}

function takeTelemetry(frame: Frame, part: Json, path: string): void {
  const at = isoInstant(firstOf(part, 'createdAt', 'updatedAt')) ?? frame.at;
  for (const [name, inner] of Object.entries(isObject(part) ? part : {})) {
    if (name === 'createdAt' || name === 'updatedAt') continue;
    take({ ...frame, at }, inner, name === 'vehicle' ? '' : name, pathTo(path, name));
  }
}

function take(frame: Frame, part: Json, name: string, path: string): void {
  for (const stated of statedIn(part, name === 'doorState' ? 'doorsState' : name, frame.at, path)) {
    state(frame, stated.name, stated.value, stated.at, stated.path);
    if (stated.name === 'alerts') itemsOf(stated.value).forEach((alert, i) => takeAlert(frame, alert, pathTo(stated.path, i)));
  }
}

/** Severities for which somebody should look at once. */
const URGENT = new Set(['Critical', 'Alert', 'Alarm']);

function takeAlert(frame: Frame, alert: Json, path: string): void {
  const type = textOf(memberOf(alert, 'type'));
  if (type === null) {
    frame.into.fault('decode_malformed', path, 'this is no alert with a type');
    return;
  }
  const isActive = memberOf(alert, 'active') !== false;
  const times = isActive ? ['startedAt', 'createdAt'] : ['endAt', 'createdAt', 'startedAt'];
  const at = isoInstant(firstOf(alert, ...times)) ?? frame.at;
  for (const name of ['id', 'severity']) state(frame, `alert.${name}`, memberOf(alert, name), at, pathTo(path, name));
  if (frame.isReminder) return;
  const code = `stellantis.${isActive ? 'alert' : 'alert_end'}.${type.replaceAll(/[^\w-]+/g, '_').slice(0, 64)}`;
  const isUrgent = isActive && URGENT.has(textOf(memberOf(alert, 'severity')) ?? '');
  frame.into.happen(frame.vin, at, code, isUrgent, [type, isActive, memberOf(alert, 'id') ?? null]);
}

function takeCollision(frame: Frame, collision: Json, path: string): void {
  const at = isoInstant(firstOf(collision, 'startedAt', 'createdAt', 'eventDate')) ?? frame.at;
  if (!frame.isReminder) state(frame, 'collision.at', 'collision', at, path);
  take({ ...frame, at }, collision, 'collision', path);
}

function takeTrip(frame: Frame, trip: Json, path: string): void {
  const [startedAt, stoppedAt] = ['startedAt', 'stoppedAt'].map((name) => isoInstant(memberOf(trip, name)));
  for (const [name, part] of Object.entries(isObject(trip) ? trip : {})) {
    const at = (name.startsWith('start') ? startedAt : stoppedAt) ?? startedAt ?? frame.at;
    const isPlace = name === 'startPosition' || name === 'stopPosition';
    // A place of the trip is where the vehicle was then, whatever time stands in it.
    for (const stated of statedIn(part, isPlace ? 'position' : `trip.${name}`, at, pathTo(path, name))) {
      state(frame, stated.name, stated.value, at, stated.path);
    }
  }
}

/** `{ remoteActionId, remoteType, eventStatus: { type, status, failureCause, feedbackDetail } }`. */
function takeRemote(frame: Frame, event: Json, path: string): void {
  state(frame, 'remote.id', memberOf(event, 'remoteActionId'), frame.at, pathTo(path, 'remoteActionId'));
  state(frame, 'remote.type', memberOf(event, 'remoteType'), frame.at, pathTo(path, 'remoteType'));
  const status = memberOf(event, 'eventStatus');
  for (const [name, part] of Object.entries(isObject(status) ? status : {})) {
    const place = pathTo(pathTo(path, 'eventStatus'), name);
    state(frame, name === 'type' ? 'remote.state' : `remote.${name}`, part, frame.at, place);
  }
}

function state({ vin, into }: Frame, name: string, value: Json | undefined, at: EpochMs | null, path: string): void {
  if (value === undefined) return;
  into.read(vin, { name, value, unit: null, at, path }, FIELDS.get(name));
  if (name === 'privacy.state') takePrivacy(vin, value, at, into);
}

/** What a privacy mode says: that a position is missing is then no fault. */
function takePrivacy(vin: string, value: Json, at: EpochMs | null, into: Readings): void {
  const mode = textOf(value);
  const consent = { ident: vin, users: [], demands: null, at, cause: `the privacy mode of the vehicle is ${mode}` };
  if (mode === 'None') into.consent({ ...consent, kind: 'granted', scope: 'all' });
  else if (mode === 'Geolocation') into.consent({ ...consent, kind: 'withheld', scope: 'location' });
  else if (mode === 'Full') into.consent({ ...consent, kind: 'withheld', scope: 'all' });
}

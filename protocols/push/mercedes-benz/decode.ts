/**
 * What a message of Mercedes-Benz' push API means.
 *
 * `{ messageId, vin, timestamp, messageType, version, serviceId, sendingBehaviour, data }`. Signals are
 * `{ name, timestamp, value, type }` in `data.signals` or any other list of `data`; every value is a text.
 */
import type { EpochMs } from '#model/clocks';
import type { Consent } from '#model/consent';
import type { SessionContext } from '#protocols/codec';
import { vehicleOf } from '#protocols/layers/push/decoder';
import { epochInstant } from '#protocols/layers/push/instant';
import type { Json } from '#model/json';
import { isObject, itemsOf, memberOf, numberOf, pathTo, textOf } from '#protocols/layers/push/json';
import type { Reading, Readings } from '#protocols/layers/push/readings';
import { STATEMENTS } from './envelope.ts';
import { EPISODES, SIGNALS } from './fields.ts';

/** One message of the topic, where its parts go, and what all of them share. */
interface Frame {
  vin: string;
  /** `messageType`, as far as it says more than the parts do. */
  isRegistration: boolean;
  sentAt: EpochMs | null;
  into: Readings;
}

export function decodeMessage(item: Json, path: string, context: SessionContext, into: Readings): void {
  const vin = vehicleOf(memberOf(item, 'vin'), pathTo(path, 'vin'), context, into);
  if (vin === null) return;
  const messageId = textOf(memberOf(item, 'messageId'));
  if (messageId !== null) into.dedupe(messageId);
  const isRegistration = textOf(memberOf(item, 'messageType'))?.includes('registration') === true;
  const frame: Frame = { vin, isRegistration, sentAt: epochInstant(memberOf(item, 'timestamp')), into };
  const data = memberOf(item, 'data');
  if (!isObject(data)) {
    into.fault('decode_malformed', pathTo(path, 'data'), 'this is no object');
    return;
  }
  for (const [name, part] of Object.entries(data)) takePart(frame, name, part, pathTo(pathTo(path, 'data'), name));
}

function takePart(frame: Frame, name: string, part: Json, path: string): void {
  if (isSignalList(part)) takeSignals(frame, part, path, null);
  else if (name === 'tripSummary' && isObject(part)) takeTrip(frame, part, path);
  else if (name === 'idlingSessions') itemsOf(part).forEach((session, i) => takeIdling(frame, session, pathTo(path, i)));
  else if (name === 'services') takeServices(frame, itemsOf(part), path);
  else if (name === 'state' && frame.isRegistration) takeRegistration(frame, part, path);
  else if (name === 'errors' && frame.isRegistration) takeErrors(frame, itemsOf(part), path);
  else takeOther(frame, name, part, path);
}

/** A list of which each item names a value, whatever the list is called. */
function isSignalList(part: Json): part is Json[] {
  return Array.isArray(part) && part.length > 0 && part.every((item) => isNamed(item));
}

function isNamed(item: Json): boolean {
  return typeof memberOf(item, 'name') === 'string' && memberOf(item, 'value') !== undefined;
}

function takeSignals({ vin, sentAt, into }: Frame, signals: readonly Json[], path: string, endedAt: EpochMs | null): void {
  const times = timesOf(signals);
  for (const [index, signal] of signals.entries()) {
    const name = textOf(memberOf(signal, 'name'));
    const value = memberOf(signal, 'value');
    const place = pathTo(path, index);
    if (name === null || value === undefined) {
      into.fault('decode_malformed', place, 'this is no signal with a name and a value');
      continue;
    }
    const stated = memberOf(signal, 'timestamp');
    const measuredAt = epochInstant(stated);
    if (measuredAt === null && stated !== undefined) into.fault('decode_range', pathTo(place, 'timestamp'), 'this is no time');
    const at = times(name) ?? endedAt ?? measuredAt ?? sentAt;
    const typed = typedValue(value, memberOf(signal, 'type'));
    into.read(vin, { name, value: typed, unit: null, at, path: pathTo(place, 'value') }, SIGNALS.get(name));
  }
}

/** Every value comes as a text, with what it is beside it. */
function typedValue(value: Json, type: Json | undefined): Json {
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return type === 'integer' || type === 'double' ? (numberOf(value) ?? value) : value;
}

/** Gives when what an episode's signal says was so; `null` where the signal is of no episode, or its end is not told. */
function timesOf(signals: readonly Json[]): (name: string) => EpochMs | null {
  const stated = new Map(signals.map((signal) => [textOf(memberOf(signal, 'name')), memberOf(signal, 'value')]));
  return (name) => {
    const episode = EPISODES.find(({ prefix }) => name.startsWith(prefix));
    if (episode === undefined) return null;
    const [start, end] = [epochInstant(stated.get(episode.start)), epochInstant(stated.get(episode.end))];
    return name.startsWith(`${episode.prefix}Start.`) ? start : (end ?? start);
  };
}

function takeTrip(frame: Frame, summary: Json, path: string): void {
  const attributes = itemsOf(memberOf(summary, 'tripAttributes'));
  const endedAt = timesOf(attributes)('Trip.End.Time') ?? frame.sentAt;
  takeSignals(frame, attributes, pathTo(path, 'tripAttributes'), endedAt);
  const id = memberOf(summary, 'tripId');
  if (id !== undefined) state(frame, 'trip.id', id, endedAt, pathTo(path, 'tripId'));
}

function takeIdling(frame: Frame, session: Json, path: string): void {
  const endedAt = epochInstant(memberOf(session, 'Idling.End.Time'));
  const parts = [
    ['idling.start', 'Idling.Start.Time'],
    ['idling.end', 'Idling.End.Time'],
    ['idling.duration', 'Idling.Duration.Milliseconds'],
  ] as const;
  for (const [ours, theirs] of parts) {
    const value = memberOf(session, theirs);
    if (value !== undefined) state(frame, ours, value, endedAt ?? frame.sentAt, pathTo(path, theirs));
  }
}

/** What a service's state says of the right to its data. A pending or failed activation ends no right that was there. */
const SERVICE_CONSENTS: ReadonlyMap<string, Pick<Consent, 'kind' | 'demands'>> = new Map([
  ['ACTIVE', { kind: 'granted', demands: null }],
  ['INACTIVE', { kind: 'withdrawn', demands: 'stop' }],
]);

function takeServices(frame: Frame, services: readonly Json[], path: string): void {
  const stated: string[] = [];
  for (const [index, service] of services.entries()) {
    const [id, status] = [textOf(memberOf(service, 'serviceId')), textOf(memberOf(service, 'status'))];
    if (id === null || status === null) {
      frame.into.fault('decode_malformed', pathTo(path, index), 'this is no service with an id and a status');
      continue;
    }
    stated.push(`${id} ${status}`);
    const consent = SERVICE_CONSENTS.get(status);
    if (consent !== undefined) consentTo(frame, consent, `service:${id}`, `service ${id} is ${status}`);
  }
  if (stated.length > 0) state(frame, 'service.states', stated, frame.sentAt, path);
}

/** The states of a registration that end it, and the one that begins it, as far as their names can be guessed (README.md). */
const REGISTRATION_CONSENTS: ReadonlyMap<string, Pick<Consent, 'kind' | 'demands'>> = new Map([
  ['REGISTERED', { kind: 'granted', demands: null }],
  ['DEREGISTERED', { kind: 'withdrawn', demands: 'stop' }],
  ['UNREGISTERED', { kind: 'withdrawn', demands: 'stop' }],
  ['DELETED', { kind: 'withdrawn', demands: 'stop' }],
]);

function takeRegistration(frame: Frame, part: Json, path: string): void {
  state(frame, 'registration.state', part, frame.sentAt, path);
  const consent = REGISTRATION_CONSENTS.get(textOf(part) ?? '');
  if (consent !== undefined) consentTo(frame, consent, 'all', `the registration is ${textOf(part)}`);
}

function takeErrors(frame: Frame, errors: readonly Json[], path: string): void {
  const texts = errors.map((error) => [textOf(memberOf(error, 'code')), textOf(memberOf(error, 'message'))]);
  const stated = texts.map((parts) => parts.filter((part) => part !== null).join(': ')).filter((text) => text !== '');
  if (stated.length > 0) state(frame, 'registration.errors', stated, frame.sentAt, path);
}

/** What no document of ours describes stays under its own path. */
function takeOther(frame: Frame, name: string, part: Json, path: string): void {
  if (!isObject(part)) state(frame, name, part, frame.sentAt, path);
  else
    for (const [inner, value] of Object.entries(part)) {
      if (isSignalList(value)) takeSignals(frame, value, pathTo(path, inner), null);
      else takeOther(frame, `${name}.${inner}`, value, pathTo(path, inner));
    }
}

function state({ vin, into }: Frame, name: string, value: Json, at: EpochMs | null, path: string): void {
  const reading: Reading = { name, value, unit: null, at, path };
  into.read(vin, reading, STATEMENTS.get(name));
}

function consentTo({ vin, sentAt, into }: Frame, of: Pick<Consent, 'kind' | 'demands'>, scope: string, cause: string): void {
  into.consent({ ident: vin, users: [], ...of, scope, at: sentAt, cause });
}

/** Trackers, changes and idents for the tests of this folder. */
import type { NormalisedMessage } from '#model/normalised';
import { DEFAULT_COMPANY, type Tracker } from '#model/tracker';
import { newCondition } from '../lifecycle/condition.ts';
import type { Liveness } from '../lifecycle/liveness.ts';
import { move, registration, type Trigger } from '../lifecycle/transitions.ts';
import type { TripState } from '../lifecycle/trips.ts';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { identRows, transitionRow } from './outbox-rows.ts';
import type { BookChanges, TrackerChange } from './tracker-store.ts';

/** The ident of the sample box. */
export const IMEI = '352093081452251';
/** A Monday morning: when the samples were registered. */
export const T0 = Date.UTC(2026, 0, 5, 8);

export function aTracker(oid: string, fields: Partial<Tracker> = {}): Tracker {
  return {
    oid,
    companyId: DEFAULT_COMPANY,
    provider: 'targa',
    type: 'canbus',
    trackerId: `VIN${oid}`,
    foreignTrackerId: null,
    vehicleType: 'van',
    objectId: { make: 'Ford', serial_number: `SN${oid}` },
    status: 'pending',
    registeredAt: T0,
    validatedAt: null,
    statusAt: T0,
    deletedAt: null,
    revision: 1,
    ...fields,
  };
}

export function registered(tracker: Tracker): TrackerChange {
  const first = registration(tracker, 'registered');
  return { tracker, transitions: [first], outbox: [transitionRow(tracker, first), ...identRows(tracker, null)] };
}

export function moved(tracker: Tracker, trigger: Trigger): TrackerChange {
  const result = move(tracker, { trigger, cause: 'because', at: T0 + 1_000 });
  if (result.refusal !== null) throw new Error(result.refusal.reason);
  return {
    tracker: result.tracker,
    transitions: [result.transition],
    outbox: [transitionRow(result.tracker, result.transition)],
  };
}

export function noChanges(): BookChanges {
  return {
    spoolId: 'ab12',
    applied: null,
    moves: [],
    evidence: [],
    trips: [],
    heard: [],
    counted: [],
    forgotten: [],
    outbox: [],
    answers: [],
  };
}

export function aLiveness(ident: string, fields: Partial<Liveness> = {}): Liveness {
  return {
    ident,
    trackerOid: null,
    protocol: 'teltonika',
    dialect: null,
    listener: 'main',
    transport: 'tcp',
    peer: '203.0.113.9:40122',
    firstFrameAt: T0,
    lastFrameAt: T0,
    frames: 1,
    messages: 1,
    duplicates: 0,
    lastMessageAt: T0,
    lastFix: null,
    quarantined: { decode_range: 1 },
    lastQuarantine: { code: 'decode_range', detail: 'month 13', at: T0 },
    condition: newCondition(),
    ...fields,
  };
}

export function aTrip(): TripState {
  return {
    startAt: T0,
    startLat: 40.1,
    startLon: -3.25,
    lastAt: T0 + 9_000,
    lastLat: 40.2,
    lastLon: -3,
    lastReceivedAt: T0 + 9_500,
    metres: 12.5,
    points: 3,
    maxSpeedKmh: null,
    closed: false,
  };
}

/** A message with a good fix, so many seconds after `T0` and so many metres north of where the sample vehicle starts. */
export function aMessage(seconds: number, metres: number, fields: Partial<NormalisedMessage> = {}): NormalisedMessage {
  const observedAt = T0 + seconds * 1_000;
  return {
    ident: IMEI,
    trackerOid: '',
    provider: '',
    index: 0,
    recordIdHi: seconds,
    recordIdLo: Math.trunc(metres * 1_000),
    deviceTime: observedAt,
    observedAt,
    clockRepair: 'none',
    receivedAt: observedAt + 500,
    backlog: false,
    position: {
      lat: 40.4 + metres / 111_040,
      lon: -3.7,
      fixTime: null,
      valid: true,
      altitudeM: null,
      speedKmh: 36,
      courseDeg: null,
      satellites: 8,
      hdop: null,
      distrust: null,
    },
    signalKeys: [],
    signalValues: [],
    stateKeys: [],
    stateValues: [],
    events: [],
    ...fields,
  };
}

/** What a frame with these messages leaves, received half a second after its first one. */
export function anOutcome(
  seq: number,
  messages: readonly NormalisedMessage[],
  fields: Partial<FrameOutcome> = {},
): FrameOutcome {
  return {
    seq,
    record: {
      receivedAt: messages[0]?.receivedAt ?? T0,
      transport: 'tcp',
      listener: 'trackers',
      peer: '203.0.113.9:40122',
      sessionId: '0123456789abcdef',
      protocol: 'teltonika',
      codecVersion: 1,
      ident: IMEI,
      dialect: null,
      fault: null,
      faultDetail: null,
      frame: new Uint8Array(),
    },
    column: 'stored',
    ident: IMEI,
    messages:
      fields.ident === undefined ? messages : messages.map((message) => ({ ...message, ident: fields.ident as string })),
    quarantine: null,
    ...fields,
  };
}

/** Messages and trackers for the tests of the lifecycle. */
import type { Position, NormalisedMessage } from '#model/normalised';
import { DEFAULT_COMPANY, type Tracker } from '#model/tracker';

/** When the sample tracker was registered and validated. */
export const T0 = Date.UTC(2026, 0, 5, 8);

function aPosition(fields: Partial<Position> = {}): Position {
  return {
    lat: 40.4,
    lon: -3.7,
    fixTime: null,
    valid: true,
    altitudeM: 650,
    speedKmh: 30,
    courseDeg: 90,
    satellites: 9,
    hdop: 0.9,
    distrust: null,
    ...fields,
  };
}

let recordIds = 0;

/** A message with a good fix, made and received at `T0` unless said otherwise. Each has another record id. */
export function aMessage(fields: Partial<NormalisedMessage> = {}, position: Partial<Position> | null = {}): NormalisedMessage {
  const observedAt = fields.observedAt ?? T0;
  return {
    ident: '352093081452251',
    trackerOid: 'oid-1',
    provider: 'targa',
    index: 0,
    recordIdHi: 7,
    recordIdLo: recordIds++,
    deviceTime: observedAt,
    observedAt,
    clockRepair: 'none',
    receivedAt: observedAt,
    backlog: false,
    position: position === null ? null : aPosition(position),
    signalKeys: [],
    signalValues: [],
    stateKeys: [],
    stateValues: [],
    events: [],
    ...fields,
  };
}

/** A validated tracker that waits for data. */
export function aWaitingTracker(fields: Partial<Tracker> = {}): Tracker {
  return {
    oid: 'oid-1',
    companyId: DEFAULT_COMPANY,
    provider: 'targa',
    type: 'canbus',
    trackerId: 'WF0AXXWPMAJB43745',
    foreignTrackerId: '352093081452251',
    vehicleType: 'van',
    objectId: {},
    status: 'pending_for_data',
    registeredAt: T0,
    validatedAt: T0,
    statusAt: T0,
    deletedAt: null,
    revision: 3,
    ...fields,
  };
}

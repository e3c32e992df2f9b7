import type { FrameRecord } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { FrameOutcome } from '../../src/pipeline/ports.ts';

/** Noon of a day in the middle of a month: a time for rows. */
export const NOON = Date.UTC(2026, 5, 15, 12);

export function frameRecord(changes: Partial<FrameRecord> = {}): FrameRecord {
  return {
    receivedAt: NOON,
    transport: 'tcp',
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    sessionId: '00000000000000aa',
    protocol: 'teltonika',
    codecVersion: 1,
    ident: '356307042441013',
    dialect: null,
    fault: null,
    faultDetail: null,
    frame: Uint8Array.of(0x0a, 0x0a, 0x00, 0xff),
    ...changes,
  };
}

export function normalisedMessage(changes: Partial<NormalisedMessage> = {}): NormalisedMessage {
  return {
    ident: '356307042441013',
    trackerOid: '',
    provider: '',
    index: 0,
    recordIdHi: 0x8000_0001,
    recordIdLo: 0xffff_fffe,
    deviceTime: NOON - 2_000,
    observedAt: NOON - 2_000,
    clockRepair: 'none',
    receivedAt: NOON,
    backlog: false,
    position: {
      lat: 40.466,
      lon: -3.6892,
      fixTime: null,
      valid: true,
      distrust: null,
      altitudeM: 650,
      speedKmh: 52,
      courseDeg: 180.5,
      satellites: 11,
      hdop: 0.8,
    },
    signalKeys: ['engine.speed.value', 'teltonika.io.380'],
    signalValues: [1_850.5, 3],
    stateKeys: ['device.vehicle.vin'],
    stateValues: ['WVWZZZ1KZAW000001'],
    events: [{ code: 'ignition.on', alarm: false }],
    ...changes,
  };
}

/** Outcome of a frame with so many messages, each a second and an id apart. */
export function frameOutcome(seq: number, messages = 1, changes: Partial<FrameOutcome> = {}): FrameOutcome {
  return {
    seq,
    record: frameRecord(),
    column: 'stored',
    ident: '356307042441013',
    quarantine: null,
    messages: Array.from({ length: messages }, (_, index) =>
      normalisedMessage({ index, recordIdLo: seq, recordIdHi: index, deviceTime: NOON + seq * 1_000 + index, events: [] }),
    ),
    ...changes,
  };
}

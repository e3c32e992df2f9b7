import { describe, expect, it } from 'vitest';
import type { FrameRecord } from '#model/frame-record';
import { addSignal, emptyMessage, type Fix, type Message } from '#model/message';
import { normalise } from './normalise.ts';
import { recordIds } from './record-id.ts';

const receivedAt = Date.UTC(2026, 5, 1, 12);
const rules = { maxFutureMs: 600_000, liveAgeMs: 120_000 };
const record: FrameRecord = {
  receivedAt,
  transport: 'tcp',
  listener: 'trackers',
  peer: '203.0.113.9:1',
  sessionId: '0',
  protocol: 'toy',
  codecVersion: 1,
  ident: '42',
  dialect: null,
  fault: null,
  faultDetail: null,
  frame: Uint8Array.of(1),
};
const fix: Fix = {
  lat: 40.4,
  lon: -3.7,
  fixTime: null,
  valid: true,
  altitudeM: null,
  speedKmh: 50,
  courseDeg: 360,
  satellites: 9,
  hdop: null,
};

function messageWith(changes: Partial<Message>): Message {
  return { ...emptyMessage(Uint8Array.of(1, 2, 3)), deviceTime: receivedAt, ...changes };
}

function run(message: Message, protocol = 'toy', ident = '42') {
  return normalise(message, 0, record, { ident, tracker: null, ids: recordIds(protocol, ident) }, rules);
}

describe('normalising a message', () => {
  it('gives the same bytes of the same device the same id, and no other', () => {
    const id = ({ recordIdHi, recordIdLo }: ReturnType<typeof run>) => [recordIdHi, recordIdLo];
    const first = id(run(messageWith({})));
    expect(id(run(messageWith({ deviceTime: receivedAt - 1 })))).toEqual(first);
    expect(id(run(messageWith({ identity: Uint8Array.of(1, 2, 4) })))).not.toEqual(first);
    const within = { identity: Uint8Array.of(0, 1, 2, 3, 9), identityFrom: 1, identityEnd: 4 };
    expect(id(run(messageWith(within)))).toEqual(first);
    expect(id(run(messageWith({ ...within, identityEnd: 5 })))).not.toEqual(first);
    expect(id(run(messageWith({}), 'toy', '43'))).not.toEqual(first);
    expect(id(run(messageWith({}), 'other')).map((half) => half >>> 0)).not.toEqual(first);
    expect(first[0]).not.toBe(first[1]);
  });

  it('marks what the device unloads, or what is older than the live bound, as backlog', () => {
    expect(run(messageWith({})).backlog).toBe(false);
    expect(run(messageWith({ stored: true })).backlog).toBe(true);
    expect(run(messageWith({ deviceTime: receivedAt - 120_001 })).backlog).toBe(true);
  });

  it('brings the course into 0 to 360 and leaves what is unknown unknown', () => {
    expect(run(messageWith({ fix })).position).toMatchObject({ courseDeg: 0, altitudeM: null });
    expect(run(messageWith({ fix: { ...fix, courseDeg: null } })).position?.courseDeg).toBeNull();
  });

  it('says why it does not believe a place, and keeps it', () => {
    expect(run(messageWith({ fix })).position?.distrust).toBeNull();
    expect(run(messageWith({ fix: { ...fix, lat: 0, lon: 0 } })).position).toMatchObject({ lat: 0, distrust: 'null_island' });
    expect(run(messageWith({ fix: { ...fix, lat: 91 } })).position).toMatchObject({ lat: 91, distrust: 'out_of_range' });
    expect(run(messageWith({ fix: { ...fix, lon: Number.NaN } })).position?.distrust).toBe('out_of_range');
    expect(run(messageWith({ fix: { ...fix, satellites: 0 } })).position?.distrust).toBe('no_satellites');
  });

  it('keeps a value outside the range of the catalogue under another key', () => {
    const message = messageWith({});
    addSignal(message, 'engine.speed.value', 30_000);
    addSignal(message, 'engine.coolant.temperature', 90);
    addSignal(message, 'toy.io.7', 1e9);
    expect(run(message)).toMatchObject({
      signalKeys: ['engine.speed.value.out_of_range', 'engine.coolant.temperature', 'toy.io.7'],
      signalValues: [30_000, 90, 1e9],
    });
    expect(message.signalKeys[0]).toBe('engine.speed.value');
  });
});

import { describe, expect, it } from 'vitest';
import type { FrameRecord } from '#model/frame-record';
import { CODECS, decodersOf } from '#protocols/all';
import { interpret } from './interpret.ts';
import { keptOf, scrubbed, tombstoneOf } from './kept.ts';
import { OutcomeMaker } from './outcome.ts';
import { OPEN_GATE, type ConsentGate } from './ports.ts';
import { withoutVehicles } from './redact.ts';

const GONE = 'KMHXX00XXXX000001';
const LEFT = 'KMHXX00XXXX000002';
const decoders = decodersOf(CODECS);
const gate: ConsentGate = { ...OPEN_GATE, isOpen: false, stops: (_entry, ident) => ident.toUpperCase() === GONE };

function said(vin: string, n: number) {
  const messageTime = new Date(Date.UTC(2026, 9, 1) + n * 1_000).toISOString();
  const data = { 'Vehicle.Odometer': { value: n, eventTime: messageTime } };
  return { vin, vehicleId: 'v', itemsCount: 1, items: [{ messageTime, data }] };
}

function recordOf(body: object | string, protocol = 'hyundai-kia'): FrameRecord {
  return {
    receivedAt: Date.UTC(2026, 9, 2),
    transport: 'http',
    listener: 'push',
    peer: '203.0.113.9:40122',
    sessionId: '00000000000000a1',
    protocol,
    codecVersion: 1,
    ident: null,
    dialect: null,
    companyId: 'acme',
    fault: null,
    faultDetail: null,
    frame: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  };
}

const outcomeOf = (record: FrameRecord, by = gate) =>
  new OutcomeMaker({
    decoders,
    owners: { find: () => null },
    rules: { maxFutureMs: 60_000, liveAgeMs: 60_000 },
    duplicateWindow: 10,
    gate: by,
  }).of({ seq: 7, record });

const textOf = ({ frame }: FrameRecord): string => Buffer.from(frame).toString();

describe('what is kept of a record', () => {
  it('is all of it where it speaks of nobody who has withdrawn', () => {
    const record = recordOf(said(LEFT, 1));
    expect(keptOf({ seq: 1, record }, interpret(record, decoders), decoders, gate)).toBeNull();
    expect(scrubbed({ seq: 1, record }, decoders, gate)).toBeNull();
    expect(outcomeOf(record)).toMatchObject({ column: 'stored', ident: LEFT });
  });

  it('is nothing where it speaks of one who has: it is refused, with neither bytes nor ident nor peer', () => {
    const record = recordOf(said(GONE, 1));
    const outcome = outcomeOf(record);
    expect(outcome).toMatchObject({ column: 'refused', ident: '', messages: [], quarantine: null });
    expect(outcome.record).toEqual({ ...record, peer: '', sessionId: '', fault: 'consent_withdrawn', frame: new Uint8Array() });
    expect(scrubbed({ seq: 1, record }, decoders, gate)).toEqual(outcome.record);
  });

  it('is the part of others where it speaks of several, as if it had been sent so', () => {
    const record = recordOf([said(LEFT, 1), said(GONE, 2), said(LEFT, 3)]);
    const outcome = outcomeOf(record);
    const alone = outcomeOf(recordOf([said(LEFT, 1), said(LEFT, 3)]), OPEN_GATE);
    expect(outcome.messages.map(({ recordIdHi, recordIdLo }) => [recordIdHi, recordIdLo])).toEqual(
      alone.messages.map(({ recordIdHi, recordIdLo }) => [recordIdHi, recordIdLo]),
    );
    // By their places in the body as it came: rows that landed before are known again by them.
    expect(outcome.messages.map(({ index }) => index)).toEqual([0, 2]);
    expect(textOf(outcome.record)).toBe(JSON.stringify([said(LEFT, 1), said(LEFT, 3)]));
    expect(textOf(scrubbed({ seq: 1, record }, decoders, gate) as FrameRecord)).toBe(textOf(outcome.record));
  });

  it('is of a consent that it was stated, to whoever acts on it, and not the body that names the vehicle', () => {
    const outcome = outcomeOf(recordOf({ userIds: ['u'], vins: [GONE] }));
    expect(outcome).toMatchObject({
      column: 'stored',
      ident: '',
      messages: [],
      consents: [{ ident: GONE, kind: 'withdrawn' }],
    });
    expect(outcome.record.frame).toHaveLength(0);
  });

  it('is nothing of a body that cannot be read and names the vehicle somewhere', () => {
    expect(outcomeOf(recordOf(`{"vin":"${GONE.toLowerCase()}","items":[`))).toMatchObject({
      column: 'refused',
      quarantine: null,
    });
    expect(outcomeOf(recordOf(`{"vin":"${LEFT}","items":[`))).toMatchObject({ column: 'quarantined' });
  });

  it('is a tombstone for ever once it is one', () => {
    const record = tombstoneOf(recordOf(said(GONE, 1)));
    expect(scrubbed({ seq: 1, record }, decoders, gate)).toBeNull();
    expect(outcomeOf(record, OPEN_GATE)).toMatchObject({ column: 'refused', messages: [] });
  });
});

describe('a body without a vehicle', () => {
  const keys = new Set([GONE]);
  const without = (body: string) => {
    const left = withoutVehicles(Buffer.from(body), keys);
    return left === null ? null : Buffer.from(left).toString();
  };

  it('has lost the items of lists that name it, however deep, and nothing else', () => {
    expect(without(`{"a":[1,{"v":"${GONE}"},{"b":["${GONE}","x"]}],"c":true}`)).toBe('{"a":[1,{"b":["x"]}],"c":true}');
  });

  it('is none where it is named outside of lists, within a longer text, or where the body is no JSON', () => {
    for (const body of [`{"vin":"${GONE}"}`, `[{"note":"of ${GONE}"}]`, `{"${GONE}":1}`, 'x', '[1'])
      expect(without(body)).toBeNull();
  });
});

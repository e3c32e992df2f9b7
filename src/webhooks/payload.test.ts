import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PAYLOAD_SHAPES } from '../app-webhooks.ts';
import { aTracker, T0 } from '../store/samples.ts';
import { canonicalJson, MOST_PAYLOAD_BYTES, transitionPayload } from './payload.ts';

const TRANSITION = {
  id: 't1-4',
  trackerOid: 't1',
  number: 4,
  from: 'pending_for_data',
  to: 'connected',
  trigger: 'moved',
  cause: '512 m in 31 fixes',
  at: T0,
} as const;

test('a payload is the event, the tracker as the change left it, and the change', () => {
  const tracker = aTracker('t1', { status: 'connected', validatedAt: T0 - 1_000, objectId: { make: 'Ford' } });
  expect(transitionPayload(tracker, TRANSITION, PAYLOAD_SHAPES)).toBe(
    '{"data":{"tracker":{"category":"connected","company_oid":"default","end_date":null,"foreign_tracker_id":null,"object_id":{"make":"Ford"},' +
      '"oid":"t1","provider":"targa","start_date":"2026-01-05T08:00:00.000Z","status_since":"2026-01-05T08:00:00.000Z",' +
      '"tracker_id":"VINt1","type":"canbus","validated_at":"2026-01-05T07:59:59.000Z","validation_status":"connected","vehicle_type":"van"},' +
      '"transition":{"at":"2026-01-05T08:00:00.000Z","cause":"512 m in 31 fixes","from":"pending_for_data","id":"t1-4","number":4,' +
      '"to":"connected","trigger":"moved"}},"timestamp":"2026-01-05T08:00:00.000Z","type":"tracker.status_changed"}',
  );
});

test('a payload is never as long as the advised limit, whatever its owner keeps of the vehicle', () => {
  const metadata = fc.dictionary(fc.string({ maxLength: 128 }), fc.string({ maxLength: 2_000, unit: 'binary' }), {
    maxKeys: 60,
  });
  fc.assert(
    fc.property(metadata, fc.string({ maxLength: 30_000 }), (objectId, cause) => {
      const payload = transitionPayload(aTracker('t1', { objectId }), { ...TRANSITION, cause }, PAYLOAD_SHAPES);
      expect(Buffer.byteLength(payload)).toBeLessThan(MOST_PAYLOAD_BYTES);
      expect(JSON.parse(payload)).toMatchObject({ data: { tracker: { oid: 't1' }, transition: { id: 't1-4' } } });
    }),
    { numRuns: 25 },
  );
});

test('JSON is written alike however its value was built, and says the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(shuffled(value))).toBe(text);
    }),
  );
});

/** The same value with the names of its objects in the opposite order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]) => [name, shuffled(inner)] as const)
      .toReversed(),
  );
}

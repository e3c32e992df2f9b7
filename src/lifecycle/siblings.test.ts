import { expect, test } from 'vitest';
import { newLiveness, type Liveness } from './liveness.ts';
import { aWaitingTracker, T0 } from './samples.ts';
import { differencesFrom, isSibling, type Sibling } from './siblings.ts';

function heard(fields: Partial<Liveness>): Liveness {
  const record = {
    receivedAt: T0,
    transport: 'tcp',
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    sessionId: '0123456789abcdef',
    protocol: 'teltonika',
    codecVersion: 1,
    ident: 'x',
    dialect: null,
    fault: null,
    faultDetail: null,
    frame: new Uint8Array(),
  } as const;
  return { ...newLiveness('x', record), ...fields };
}

const siblings = (...all: (Partial<Liveness> | null)[]): Sibling[] =>
  all.map((fields) => ({ tracker: aWaitingTracker(), heard: fields === null ? null : heard(fields) }));

test('a sibling has the same company, provider, type, make and model', () => {
  const objectId = { make: 'Ford', model: 'Transit' };
  const tracker = aWaitingTracker({ objectId });
  expect(isSibling(tracker, aWaitingTracker({ oid: 'b', objectId: { ...objectId, make: 'FORD', colour: 'red' } }))).toBe(true);
  expect(isSibling(tracker, tracker)).toBe(false);
  for (const other of [
    { objectId: { make: 'Ford' } },
    { provider: 'cartrack' as const, objectId },
    { companyId: 'acme', objectId },
  ]) {
    expect(isSibling(tracker, aWaitingTracker({ oid: 'b', ...other }))).toBe(false);
  }
});

test('what most siblings do and this one does not is told', () => {
  const others = siblings({}, {}, { listener: 'other', lastFrameAt: T0 - 3_600_000 }, null);
  expect(differencesFrom(others, heard({ listener: 'tls', protocol: 'ruptela' }), T0)).toEqual([
    '2 of 4 siblings of the same model were heard in the last 15 min',
    '2 of 3 siblings come in on listener "trackers", this one "tls"',
    '3 of 3 siblings speak teltonika, this one ruptela',
  ]);
});

test('of a tracker that was never heard only the siblings are told, and of one sibling nothing', () => {
  expect(differencesFrom(siblings({}, {}), null, T0)).toEqual([
    '2 of 2 siblings of the same model were heard in the last 15 min',
  ]);
  expect(differencesFrom(siblings({}), heard({}), T0)).toEqual([]);
});

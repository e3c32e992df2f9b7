import { expect, test } from 'vitest';
import { newCondition } from './condition.ts';
import { addLiveness, noteMessage, type Liveness } from './liveness.ts';
import { aMessage } from './samples.ts';

const aLiveness = (fields: Partial<Liveness>): Liveness => ({
  ident: 'box',
  trackerOid: null,
  protocol: 'teltonika',
  dialect: null,
  listener: 'main',
  transport: 'tcp',
  peer: 'a',
  firstFrameAt: 10,
  lastFrameAt: 20,
  frames: 1,
  messages: 1,
  duplicates: 0,
  lastMessageAt: 15,
  lastFix: null,
  quarantined: {},
  lastQuarantine: null,
  condition: newCondition(),
  ...fields,
});

const rejected = (count: number, lastAt: number) => ({ count, lastAt, lastDetail: `at ${lastAt}` });

test('what two gateways heard of one device adds up, and the newer facts hold, whichever is named first', () => {
  const fix = { at: 18, lat: 1.5, lon: 2.5 };
  const left = aLiveness({
    trackerOid: 'a',
    lastFrameAt: 30,
    peer: 'left',
    frames: 3,
    lastFix: { at: 12, lat: 0, lon: 0 },
    quarantined: { wire_crc: 1, decode_range: 2 },
    lastQuarantine: { code: 'wire_crc', detail: 'x', at: 11 },
    condition: {
      lacking: { none: rejected(4, 17), weak: rejected(2, 29) },
      ignition: { on: true, at: 12 },
      moving: null,
      jumps: rejected(1, 12),
    },
  });
  const right = aLiveness({
    firstFrameAt: 5,
    messages: 7,
    duplicates: 2,
    lastMessageAt: null,
    lastFix: fix,
    quarantined: { wire_crc: 4 },
    lastQuarantine: { code: 'wire_crc', detail: 'y', at: 19 },
    condition: {
      lacking: { weak: rejected(1, 19) },
      ignition: { on: false, at: 14 },
      moving: { on: true, at: 3 },
      jumps: rejected(2, 18),
    },
  });
  const sum = addLiveness(left, right);
  expect(sum).toEqual({
    ...left,
    firstFrameAt: 5,
    frames: 4,
    messages: 8,
    duplicates: 2,
    lastFix: fix,
    quarantined: { wire_crc: 5, decode_range: 2 },
    lastQuarantine: right.lastQuarantine,
    condition: {
      // Four messages without a place came before the good fix that the other gateway has seen.
      lacking: { weak: rejected(3, 29) },
      ignition: { on: false, at: 14 },
      moving: { on: true, at: 3 },
      jumps: rejected(3, 18),
    },
  });
  expect(addLiveness(right, left)).toEqual(sum);
});

test('the newest fix is followed, and the fixes that evidence keeps stay as they were', () => {
  const liveness = aLiveness({});
  const fixes = [10, 30, 20].map((at) => ({ at, lat: at / 10, lon: -at / 10 }));
  for (const fix of fixes) noteMessage(liveness, aMessage({ observedAt: fix.at }), { rejection: null, fix }, 250);
  expect(liveness.lastFix).toEqual({ at: 30, lat: 3, lon: -3 });
  expect(fixes).toEqual([10, 30, 20].map((at) => ({ at, lat: at / 10, lon: -at / 10 })));
});

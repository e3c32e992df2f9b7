import { describe, expect, test } from 'vitest';
import { judgeFix } from './guards.ts';
import { EVIDENCE_RULES } from './rules.ts';
import { aMessage, T0 } from './samples.ts';

const judged = (...given: Parameters<typeof aMessage>): unknown => judgeFix(aMessage(...given), EVIDENCE_RULES);
const rejected = (rejection: string): unknown => expect.objectContaining({ rejection });

test('a message without a fix is not judged', () => {
  expect(judged({}, null)).toBeNull();
});

describe('whether the fix is good', () => {
  test.each([
    [{ valid: false }, 'invalid'],
    [{ distrust: 'out_of_range', lat: 91 }, 'out_of_range'],
    [{ distrust: 'null_island', lat: 0, lon: 0 }, 'null_island'],
    [{ distrust: 'no_satellites', satellites: 0 }, 'weak'],
    [{ satellites: 3, hdop: null }, 'weak'],
    [{ satellites: 9, hdop: 5.1 }, 'weak'],
    [{ satellites: null, hdop: 5.1 }, 'weak'],
  ] as const)('%j is refused as %s', (position, rejection) => {
    expect(judged({}, position)).toEqual(rejected(rejection));
  });

  test.each([
    [{ satellites: 4, hdop: 5 }],
    [{ satellites: null, hdop: 5 }],
    [{ satellites: 4, hdop: null }],
    [{ satellites: null, hdop: null }],
    [{ satellites: 4, hdop: 0 }],
  ])('%j is accepted', (position) => {
    expect(judged({}, position)).toEqual({ rejection: null, fix: { at: T0, lat: 40.4, lon: -3.7 } });
  });
});

describe('when the fix was made', () => {
  test("the receiver's own time is used where the device's clock is sane", () => {
    expect(judged({}, { fixTime: T0 - 4_000 })).toMatchObject({ fix: { at: T0 - 4_000 } });
    expect(judged({}, { fixTime: null })).toMatchObject({ fix: { at: T0 } });
  });

  test('a receiver time far from the message is not believed', () => {
    expect(judged({}, { fixTime: T0 - 86_400_001 })).toEqual(rejected('clock'));
    expect(judged({}, { fixTime: T0 + 86_400_001 })).toEqual(rejected('clock'));
  });

  test('a repaired week rollover is sane, and the receiver has the same wrong week', () => {
    const wrongWeek = T0 - 1_024 * 7 * 86_400_000;
    expect(judged({ clockRepair: 'rollover' }, { fixTime: wrongWeek })).toMatchObject({ fix: { at: T0 } });
  });

  test.each(['missing', 'past', 'future'] as const)(
    "with a %s clock only the receiver's time can be believed",
    (clockRepair) => {
      expect(judged({ clockRepair }, { fixTime: null })).toEqual(rejected('clock'));
      expect(judged({ clockRepair }, { fixTime: T0 - 1 })).toEqual(rejected('clock'));
      expect(judged({ clockRepair }, { fixTime: T0 })).toMatchObject({ fix: { at: T0 } });
    },
  );
});

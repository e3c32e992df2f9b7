import { describe, expect, test } from 'vitest';
import { newSession } from '#protocols/codec';
import { canonical, contentKey } from './canonical.ts';
import { jsonDecoder } from './decoder.ts';
import { dottedInstant, epochInstant, isoDuration, isoInstant } from './instant.ts';
import { memberOf, numberOf, pathTo, readJson } from './json.ts';
import { leavesOf } from './leaves.ts';
import { fieldTable, fixPart, flag, plainWord, unmapped } from './rules.ts';
import { converted } from './units.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('JSON', () => {
  test.each([
    ['{"a":', null],
    ['', null],
    ['nope', null],
    ['{"a":1}x', 7],
  ])('that is none is a fault with its place, and shows nothing of the body: %j', (text, offset) => {
    const { fault } = readJson(bytes(text));
    expect(fault).toMatchObject({ code: 'decode_malformed', detail: '$: this is no JSON text' });
    expect(fault?.offset).toBe(offset);
  });

  test('that is no UTF-8 is a fault', () => {
    expect(readJson(Uint8Array.of(0x22, 0xff, 0x22)).fault?.detail).toBe('$: the bytes are no UTF-8');
  });

  test('nested deeper than anything real is refused before it is parsed, brackets in texts do not count', () => {
    expect(readJson(bytes('['.repeat(100_000))).fault).toMatchObject({ offset: 64, detail: 'more than 64 levels are nested' });
    expect(readJson(bytes(`${'['.repeat(64)}${']'.repeat(64)}`)).fault).toBeNull();
    expect(readJson(bytes(JSON.stringify('["{[\\'.repeat(1_000)))).fault).toBeNull();
  });

  test('members are its own: what every object inherits is none, and __proto__ is a name', () => {
    const { value } = readJson(bytes('{"__proto__":{"a":1},"b":2}'));
    expect(memberOf(value, 'a')).toBeUndefined();
    expect(memberOf(value, 'toString')).toBeUndefined();
    expect(memberOf(value, '__proto__')).toEqual({ a: 1 });
    expect(memberOf([1], 'length')).toBeUndefined();
  });

  test('of a name that stands twice the last value counts', () => {
    expect(readJson(bytes('{"a":1,"a":2}')).value).toEqual({ a: 2 });
  });

  test.each([
    ['12.5', 12.5],
    [' -3 ', -3],
    ['1e3', 1_000],
    [7, 7],
    ['0x10', null],
    ['', null],
    ['1e999', null],
    [Infinity, null],
    ['12 km', null],
    [true, null],
  ])('the number in %j is %j', (value, expected) => {
    expect(numberOf(value)).toBe(expected);
  });

  test('paths name members and items', () => {
    expect(pathTo(pathTo('$', 'events'), 3)).toBe('$.events[3]');
    expect(pathTo('$', 'a b')).toBe('$["a b"]');
  });
});

describe('the canonical form', () => {
  test('does not depend on the order of names, but on that of items', () => {
    expect(canonical({ b: [1, { d: null, c: 'x' }], a: 1 })).toBe('{"a":1,"b":[1,{"c":"x","d":null}]}');
    expect(contentKey({ a: 1, b: 2 })).toBe(contentKey({ b: 2, a: 1 }));
    expect(contentKey([1, 2])).not.toBe(contentKey([2, 1]));
    expect(contentKey({})).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('times', () => {
  test.each([
    ['2026-03-09T07:14:03Z', '2026-03-09T07:14:03.000Z'],
    ['2026-03-09T07:14:03.5Z', '2026-03-09T07:14:03.500Z'],
    ['2025-02-12T08:12:58.628999999Z', '2025-02-12T08:12:58.628Z'],
    ['2026-03-09T09:14:03+02:00', '2026-03-09T07:14:03.000Z'],
    ['2026-03-09T02:44:03-0430', '2026-03-09T07:14:03.000Z'],
    ['2026-03-09 07:14', '2026-03-09T07:14:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2026-03-09T07:14:03.123Z', '2026-03-09T07:14:03.123Z'],
    ['2026-03-31T23:59:59.999z', '2026-03-31T23:59:59.999Z'],
    ['2026-12-28t23:59:59Z', '2026-12-28T23:59:59.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(isoInstant(text)).toBe(Date.parse(iso));
  });

  test('what a clock writes is read back, and nothing where a character of it is none of its place', () => {
    const day = 86_400_000;
    for (let i = 0; i < 2_000; i++) {
      const at = Date.UTC(1_971, 0, 1) + i * 17.3 * day + i * 1_234_567;
      const text = new Date(at).toISOString();
      expect(isoInstant(text)).toBe(Math.floor(at));
      expect(isoInstant(text.replace(/\.\d+/, ''))).toBe(Math.floor(at / 1_000) * 1_000);
      const place = i % (text.length - 1);
      expect(isoInstant(`${text.slice(0, place)}x${text.slice(place + 1)}`)).toBeNull();
    }
  });

  test.each(['2025-02-29T00:00:00Z', '2026-03-09T24:00:00Z', '2026-13-01T00:00:00Z', '2026-03-09', 'yesterday', 5, null])(
    '%j is none',
    (text) => {
      expect(isoInstant(text)).toBeNull();
    },
  );

  test('dots stand in dates with the day first, slashes in those with the month first', () => {
    expect(dottedInstant('15.05.2017 15:51:00 UTC')).toBe(Date.UTC(2017, 4, 15, 15, 51));
    expect(dottedInstant('05/15/2017 15:51 UTC')).toBe(Date.UTC(2017, 4, 15, 15, 51));
    expect(dottedInstant('15/05/2017 15:51 UTC')).toBeNull();
    expect(dottedInstant('15.05/2017 15:51 UTC')).toBeNull();
  });

  test('numbers count from 1970, texts too', () => {
    expect(epochInstant('1592853849159')).toBe(1_592_853_849_159);
    expect(epochInstant(1_497_476_456, 1_000)).toBe(1_497_476_456_000);
    expect(epochInstant(1e300)).toBeNull();
  });

  test.each([
    ['PT1H30M', 5_400],
    ['P1DT1S', 86_401],
    ['PT0S', 0],
    ['PT1.5S', 1.5],
    ['P', null],
    ['PT', null],
    ['1H', null],
    [60, null],
  ])('the duration %j is %j s', (text, seconds) => {
    expect(isoDuration(text)).toBe(seconds);
  });
});

describe('units', () => {
  test.each([
    [1, 'mi', 'KMT', 1.609344],
    [10, 'm/s', 'KMH', 36],
    [10, 'kn', 'KMH', 18.52],
    [212, 'Fahrenheit', 'CEL', 100],
    [-40, '°F', 'CEL', -40],
    [1, 'bar', 'KPA', 100],
    [1_000, 'ft', 'MTR', 304.8],
    [50_000, 'Wh', 'KWH', 50],
    [2, 'weeks', 'DAY', 14],
    [40_000, 'ms', 'SEC', 40],
    [5, 'km/kWh', 'kWh per 100 km', 20],
    [18, 'kWh/62 mi', 'kWh per 100 km', 18],
    [23.52145833, 'mpg', 'litres per 100 km', 10],
  ] as const)('%s %s in %s is %s', (value, spelling, measure, expected) => {
    expect(converted(value, spelling, measure)).toBeCloseTo(expected, 6);
  });

  test('of another dimension, or of nobody, convert to nothing', () => {
    expect(converted(1, 'km', 'KMH')).toBeNull();
    expect(converted(1, 'parsec', 'KMT')).toBeNull();
    expect(converted(1, 'constructor', 'KMT')).toBeNull();
    expect(converted(0, 'mi/kWh', 'kWh per 100 km')).toBeNull();
  });
});

describe('rules', () => {
  test('words are compared in one form', () => {
    expect(['ASN_selective-Locked', ' is true ', 'SELECTIVE_LOCKED', '-NA-'].map(plainWord)).toEqual([
      'SELECTIVE_LOCKED',
      'IS_TRUE',
      'SELECTIVE_LOCKED',
      '-NA-',
    ]);
  });

  test('a field has one rule', () => {
    const part = { a: flag('device.sim.active') };
    expect(() => fieldTable(part, { a: unmapped('x') })).toThrow('the field a has two rules');
  });
});

test.each([
  ['a text that is cut', { text: 'x'.repeat(4_097) }],
  ['a list that is cut', { list: ['x'.repeat(4_097)] }],
  ['more values than a message may have', Object.fromEntries(Array.from({ length: 2_001 }, (_, i) => [`v${i}`, i]))],
  ['a place that cannot be', { lat: 91 }],
])('a body with %s is not admitted without a decode, and has a fault in it', (_what, body) => {
  const fields = fieldTable({ lat: fixPart('lat', 'degrees') });
  const decoder = jsonDecoder({
    name: 'any',
    version: 1,
    decode: (item, path, _context, into) => {
      for (const leaf of leavesOf(item, path)) into.read('van-1', { ...leaf, unit: null, at: 0 }, fields.get(leaf.name));
    },
  });
  const frame = bytes(JSON.stringify(body));
  expect(decoder.decode(frame, newSession('http')).faults).toHaveLength(1);
  expect(decoder.admit?.(frame, newSession('http'))).toBeNull();
  expect(decoder.admit?.(bytes('{"lat":90}'), newSession('http'))).toEqual({ dialect: null, dedupeKeys: [] });
});

import { expect, test } from 'vitest';
import type { Json, JsonObject } from '#model/json';
import { metadataProblems } from './metadata.ts';

function nested(depth: number): JsonObject {
  let value: Json = 1;
  for (let i = 0; i < depth; i++) value = { a: value };
  return value as unknown as JsonObject;
}

test('metadata may be any JSON', () => {
  const objectId = { license_plate: '6666KKK', make: 'Citroën', year: 2020, tags: ['a', null, { b: true }], ['__proto__']: 1 };
  expect(metadataProblems(objectId)).toEqual([]);
  expect(metadataProblems({})).toEqual([]);
  expect(metadataProblems(nested(5))).toEqual([]);
});

test.each<[string, object, number]>([
  ['well-known keys that are no text', { vin: 1, make: null }, 2],
  [
    'well-known texts that are too long or cannot be seen',
    { model: 'x'.repeat(129), version: 'a\u0000', serial_number: '\uD800' },
    3,
  ],
  ['names that are empty, too long or cannot be seen', { '': 1, ['k'.repeat(129)]: 1, 'a\n': 1 }, 3],
  ['too many keys', Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i])), 1],
  ['too much of it', { text: 'ü'.repeat(8_200) }, 1],
  ['nesting six deep', nested(6), 1],
  ['nesting without end', nested(200_000), 1],
])('%s are refused', (_what, objectId, problems) => {
  expect(metadataProblems(objectId as JsonObject)).toHaveLength(problems);
});

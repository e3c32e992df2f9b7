import { expect, test } from 'vitest';
import { dumpOf } from './hex-lines.ts';

test('a dump has sixteen bytes a line, and shows what is text', () => {
  const hex = '4f646f67726170683a203136206279746500';
  expect(dumpOf(hex)).toEqual([
    { offset: '0000', bytes: '4f 64 6f 67 72 61 70 68  3a 20 31 36 20 62 79 74', text: 'Odograph: 16 byt' },
    { offset: '0010', bytes: '65 00', text: 'e·' },
  ]);
  expect(dumpOf('')).toEqual([]);
});

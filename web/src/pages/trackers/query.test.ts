import { expect, test } from 'vitest';
import { isFiltered, rowAt, rowsOf, wishOf } from './query.ts';

test('an address says what is looked for, and what is none is left out', () => {
  const query = new URLSearchParams('text= 6666k &category=error&provider=acme&type=obd&status=x&silent_for=24h&order=name');
  expect(wishOf(query)).toEqual({ text: '6666k', category: 'error', type: 'obd', silent_for: '24h', order: 'name' });
  expect(wishOf(new URLSearchParams())).toEqual({});
  expect([isFiltered({ category: 'error', order: 'name' }), isFiltered({ type: 'obd' })]).toEqual([false, true]);
});

test('each kind that has trackers begins with its heading', () => {
  const counts = { error: 2, pending: 0, connected: 3, disconnected: 1 };
  expect(rowsOf(6, counts, true)).toBe(9);
  expect(Array.from({ length: 9 }, (_, i) => rowAt(i, counts, true))).toEqual([
    { heading: 'error' },
    { at: 0 },
    { at: 1 },
    { heading: 'connected' },
    { at: 2 },
    { at: 3 },
    { at: 4 },
    { heading: 'disconnected' },
    { at: 5 },
  ]);
  expect([rowsOf(6, counts, false), rowAt(3, counts, false)]).toEqual([6, { at: 3 }]);
});

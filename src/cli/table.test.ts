import { expect, test } from 'vitest';
import { formatTable } from './table.ts';

test('text stands to the left and numbers to the right under their headings', () => {
  const rows = [
    ['trackers', 5],
    ['x', 12_345],
    ['none', null],
  ] as const;
  expect(formatTable(['listener', 'frames'], rows)).toBe(
    ['listener  frames', '────────  ──────', 'trackers       5', 'x          12345', 'none'].join('\n'),
  );
});

test('a table without rows is its heading', () => {
  expect(formatTable(['a', 'b'], [])).toBe('a  b\n─  ─');
});

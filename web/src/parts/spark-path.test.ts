import { expect, test } from 'vitest';
import { spark } from './spark-path.ts';

test('a line leads from the left edge to the right, and its greatest value touches the top', () => {
  const { paths, top } = spark([0, 10, 20], [{ name: 'a', values: [0, 5, 10] }], 100, 50);
  expect(top).toBe(10);
  expect(paths[0]?.line).toBe('M0.0 49.0L50.0 25.0L100.0 1.0');
  expect(paths[0]?.area).toBe('M0.0 50L0.0 49.0L50.0 25.0L100.0 1.0L100.0 50Z');
});

test('where there is no value there is a gap, and no line over it', () => {
  const { paths } = spark([0, 1, 2, 3], [{ name: 'a', values: [1, null, 1, 1] }], 30, 10);
  expect(paths[0]?.line).toBe('M0.0 1.0M20.0 1.0L30.0 1.0');
});

test('two lines share their scale, and nothing at all is flat', () => {
  const { paths, top } = spark(
    [0, 1],
    [
      { name: 'a', values: [0, 0] },
      { name: 'b', values: [null, null] },
    ],
    10,
    10,
  );
  expect([top, paths.map(({ line }) => line)]).toEqual([0, ['M0.0 9.0L10.0 9.0', '']]);
});

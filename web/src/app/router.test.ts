import { beforeAll, describe, expect, test } from 'vitest';

let placeOf: typeof import('./router.ts').placeOf;
let hrefOf: typeof import('./router.ts').hrefOf;

beforeAll(async () => {
  // What the module reads of the browser it runs in.
  const before = { location: globalThis.location, addEventListener: globalThis.addEventListener };
  Object.assign(globalThis, { location: { hash: '' }, addEventListener: () => undefined });
  ({ placeOf, hrefOf } = await import('./router.ts'));
  Object.assign(globalThis, before);
});

describe('an address', () => {
  test('names a path and what is asked of it', () => {
    const { path, query } = placeOf('#/trackers/a%2Fb?text=x%3Fy&tab=map');
    expect(path).toEqual(['trackers', 'a/b']);
    expect(Object.fromEntries(query)).toEqual({ text: 'x?y', tab: 'map' });
  });

  test.each(['', '#', '#/', '#//'])('%j is the first page', (hash) => {
    expect(placeOf(hash).path).toEqual([]);
  });

  test('with half a sign in it is taken as it stands', () => {
    expect(placeOf('#/trackers/%E0%A4%A').path).toEqual(['trackers', '%E0%A4%A']);
  });

  test('is written so that it is read back', () => {
    const href = hrefOf(['trackers', 'ü/1 2'], { text: 'a&b=c', none: undefined, empty: '' });
    expect(href).toBe('#/trackers/%C3%BC%2F1%202?text=a%26b%3Dc');
    expect(placeOf(href).path).toEqual(['trackers', 'ü/1 2']);
  });
});

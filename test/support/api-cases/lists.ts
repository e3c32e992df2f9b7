import { expect } from 'vitest';
import type { RouteCase, World } from './route-case.ts';

/** The same list, asked for by another company, is empty or its own. */
export function hasNothingOf(list: (world: World) => Promise<readonly { id: string }[]>): RouteCase['tenancy'] {
  return async ({ body }, world) => {
    const own = (await list(world)).map(({ id }) => id);
    expect(own.length).toBeGreaterThan(0);
    expect((body['items'] as { id: string }[]).filter(({ id }) => own.includes(id))).toEqual([]);
  };
}

/** The promise is refused with the code. */
export async function expectRejection(promise: Promise<unknown>, code: string): Promise<void> {
  await expect(promise).rejects.toThrow(`[${code}]`);
}

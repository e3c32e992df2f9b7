/** The part of time that a request asks for. */
import { z } from 'zod';
import type { EpochMs } from '#model/clocks';
import { ApiError } from './errors.ts';

/** The bounds of a range in a query. */
export const rangeQuery = {
  from: z.iso.datetime().optional().meta({ description: 'From this time on' }),
  to: z.iso.datetime().optional().meta({ description: 'Before this time' }),
};

export interface AskedRange {
  from?: string | undefined;
  to?: string | undefined;
}

/** What is meant where a bound is left out. */
export interface UsualRange {
  from: EpochMs;
  to: EpochMs;
}

/** Reads a range. Throws `ApiAttributeException` for one that ends before it begins. */
export function rangeIn(asked: AskedRange, usual: UsualRange): UsualRange {
  const to = asked.to === undefined ? usual.to : Date.parse(asked.to);
  const from = asked.from === undefined ? usual.from : Date.parse(asked.from);
  if (from >= to) throw new ApiError('ApiAttributeException', '`from` must be before `to`');
  return { from, to };
}

/** A cursor as it came. Throws `ApiAttributeException` for one that is none. */
export function cursorIn(cursor: string | undefined, isCursor: (text: string) => boolean): string | null {
  if (cursor !== undefined && !isCursor(cursor))
    throw new ApiError('ApiAttributeException', 'the cursor is none that this API has given');
  return cursor ?? null;
}

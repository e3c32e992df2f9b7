/** Durations as requests give them. */
import { z } from 'zod';
import { parseDuration } from '#model/duration';
import { ApiError } from './errors.ts';

export const durationText = z.string().max(10).meta({ description: 'Such as `30m`, `2h` or `3d`' });

/** Fails where a text is no duration, or a longer one than is looked back. */
export function durationOf(name: string, text: string, mostMs: number): number {
  const ms = parseDuration(text);
  if (ms === null || ms > mostMs) {
    const most = `${mostMs / 86_400_000}d`;
    throw new ApiError('ApiAttributeException', `\`${name}\` takes a time such as 30m, 2h or 3d, ${most} at most`);
  }
  return ms;
}

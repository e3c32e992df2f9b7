import { z } from 'zod';
import { bytes, duration, withDefault } from './fields.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What clouds push. */
export const push = z
  .strictObject({
    bodyBytes: withDefault(bytes('Longest body that is taken, unzipped', KIB, 64 * MIB), 4 * MIB),
    rememberMs: withDefault(
      duration('How long the names of pushed messages are remembered: longer than any sender repeats one', HOUR, 365 * DAY),
      7 * DAY,
    ),
  })
  .prefault({})
  .meta({ description: 'What car makers’ clouds and other senders push to the API, at `/push/…`' });

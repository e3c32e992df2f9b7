import { z } from 'zod';
import { bytes, count, duration, withDefault } from './fields.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What clouds push. */
export const push = z
  .strictObject({
    bodyBytes: withDefault(bytes('Longest body that is taken, unzipped', KIB, 64 * MIB), 4 * MIB),
    requestsPerSecond: count(
      'Requests a second that one endpoint takes for long, ten times as many at once; more are answered 429 with `Retry-After`, and sent again',
      1,
      1_000_000,
    ).default(100),
    bytesPerSecond: withDefault(bytes('Bytes of bodies a second, likewise', KIB, 1_024 * MIB), 4 * MIB),
    failuresPerMinute: count(
      'Requests that lead to no endpoint, or do not prove what theirs asks for, that may come from one address in a minute; then it is answered 429, unread',
      1,
      1_000_000,
    ).default(300),
    rememberMs: withDefault(
      duration('How long the names of pushed messages are remembered: longer than any sender repeats one', HOUR, 365 * DAY),
      7 * DAY,
    ),
  })
  .prefault({})
  .meta({ description: 'What car makers’ clouds and other senders push to the API, at `/push/…`' });

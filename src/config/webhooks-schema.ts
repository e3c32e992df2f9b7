import { isIP } from 'node:net';
import { z } from 'zod';
import { count, duration, flag, text, withDefault } from './fields.ts';
import { ADDRESS_RANGE, isAddressRange } from './transport-schema.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const NAME_SERVER = 'an address, or one with a port such as 10.0.0.53:5353 or [2001:db8::53]:5353';

function isNameServer(written: string): boolean {
  const [, bracketed, plain = bracketed, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(written) ?? [];
  const isRight = plain === undefined ? isIP(written) === 6 : isIP(plain) === (bracketed === undefined ? 4 : 6);
  return isRight && Number(port) >= 1 && Number(port) <= 65_535;
}

/** What the gateway pushes to the companies' own servers. */
export const webhooks = z
  .strictObject({
    allowHttp: flag('Lets companies give addresses without TLS, which anybody on the way can read').default(false),
    allowPrivateAddresses: z
      .array(text('Range of addresses', ADDRESS_RANGE).refine(isAddressRange, { error: ADDRESS_RANGE }), {
        error: 'a list of address ranges',
      })
      .default([])
      .meta({
        description:
          'Ranges that webhooks may be sent to though they are not of the public internet. Whoever may make a webhook can reach what is there',
      }),
    caFile: text('PEM file of authorities whose certificates receivers may have, besides the usual ones', 'a path').optional(),
    dnsServers: z
      .array(text('Name server', NAME_SERVER).refine(isNameServer, { error: NAME_SERVER }), {
        error: 'a list of name servers',
      })
      .default([])
      .meta({ description: 'Name servers that receivers are looked up with; those of the system if empty' }),
    timeoutMs: withDefault(duration('Time a receiver has to answer', 100, MINUTE), 15 * SECOND),
    retryMinMs: withDefault(duration('Pause behind the first failure; it grows fourfold with each', 10, HOUR), 5 * SECOND),
    retryMaxMs: withDefault(duration('Longest pause between two tries', 10, 7 * DAY), 12 * HOUR),
    giveUpMs: withDefault(duration('Time after the first try at which a delivery is given up', 0, 90 * DAY), 3 * DAY),
    disableAfterMs: withDefault(
      duration('Time without one try that succeeded after which a webhook is disabled', MINUTE, 365 * DAY),
      5 * DAY,
    ),
    keepMs: withDefault(
      duration('How long deliveries that have ended can be looked up and replayed', MINUTE, 3_650 * DAY),
      30 * DAY,
    ),
    secretOverlapMs: withDefault(
      duration('How long the old secret still signs, besides the new one, when it is replaced', 0, 90 * DAY),
      DAY,
    ),
    triesPerWebhook: count('Tries of one webhook at a time', 1, 100).default(4),
    tries: count('Tries of all webhooks at a time; those that fail share half of them', 2, 10_000).default(64),
    perCompany: count('Webhooks a company may have', 1, 1_000).default(10),
  })
  .prefault({})
  .meta({ description: 'What is pushed to the servers of companies: every change of status of their trackers' });

/** What the gateway knows of each provider, and how it asks their clouds. */
import { z } from 'zod';
import { duration, number, protocols, text, withDefault } from './fields.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ADDRESS = 'an http:// or https:// address without user and password';
const ADDRESS_FORM = /^https?:\/\/[^\s/@]+(\/\S*)?$/;

const bound = {
  protocols: protocols(
    'Protocols whose idents are looked up among the trackers of this provider; the built-in ones if not given',
  ).optional(),
};

/** How every cloud is asked. */
const cloud = (pollMs: number) => ({
  caFile: text('PEM file of the authorities to believe instead of the public ones', 'a path').optional(),
  timeoutMs: withDefault(duration('Time for one answer', 100, 5 * MINUTE), 20 * SECOND),
  pollMs: withDefault(duration('How often it is asked for news while it decides', 100, 7 * DAY), pollMs),
});

const address = (describe: string) => text(describe, ADDRESS, ADDRESS_FORM);

const list = (describe: string, member: string, rule: string, pattern: RegExp, fallback: string[]) =>
  z
    .array(text(member, rule, pattern), { error: `a list: ${rule} each` })
    .default(fallback)
    .meta({ description: describe });

const section = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).prefault({} as never);

export const providers = z
  .strictObject({
    'mercedes-benz': section({
      ...bound,
      api: section({
        url: address('Vehicle Management API, asked where a company has registered an account for it').default(
          'https://service.connect-business.net/api',
        ),
        tokenUrl: address('Where its tokens are asked for').default('https://ssoalpha.dvb.corpinter.net/v1/token'),
        services: list(
          'Services that are activated in a vehicle; the catalogue of Mercedes-Benz has their numbers',
          'Number of a service',
          'a number of four digits',
          /^\d{4}$/,
          ['1001'],
        ),
        ...cloud(5 * MINUTE),
      }),
    }),
    bmw: section({
      ...bound,
      api: section({
        url: address(
          'Clearance service that speaks the Fleet Clearance API of High Mobility. Without one, the operator reports what owners answer',
        ).optional(),
        ...cloud(5 * MINUTE),
      }),
    }),
    targa: section(bound),
    astrata: section(bound),
    cartrack: section({
      ...bound,
      api: section({
        url: address(
          'Fleet API, where the credentials of a company name none: https://fleetapi-es.cartrack.com/rest, for example',
        ).optional(),
        allowedHosts: list(
          'Hosts that the credentials of a company may name; `*.` stands for any name in a domain',
          'Host',
          'a host name, with a port where it is not 443',
          /^(\*\.)?[\w.-]+(:\d+)?$/,
          ['*.cartrack.com'],
        ),
        ...cloud(MINUTE),
      }),
    }),
    silence: section({
      ...bound,
      api: section({
        url: address('What the app of Silence asks, where a company has registered the token of an owner').default(
          'https://api.connectivity.silence.eco/api/v1',
        ),
        ...cloud(MINUTE),
      }),
    }),
    stellantis: section({
      ...bound,
      api: section({
        url: address('B2B Web API').default('https://api-cert.groupe-psa.com/connectedcar/v3'),
        certFile: text('PEM file of the client certificate, for accounts that bring none of their own', 'a path').optional(),
        keyFile: text('PEM file of its key', 'a path').optional(),
        ...cloud(MINUTE),
      }),
    }),
    html5: section(bound),
  })
  .prefault({})
  .meta({ description: 'Providers: the protocols of their devices, and how their clouds are asked' });

export const validation = z
  .strictObject({
    publicUrl: address(
      'Address under which the internet reaches the HTTP API, to which clouds post data and at which phones open the tracker page: https://telematics.example.com, for example',
    ).optional(),
    giveUpMs: withDefault(duration('After that long without a result a validation has failed', MINUTE, 365 * DAY), 28 * DAY),
    claimMs: withDefault(
      duration('Time after which a step is taken over from a gateway that has died: longer than a step may take', SECOND, HOUR),
      2 * MINUTE,
    ),
    watchMs: withDefault(duration('How often it is looked whether a granted right still stands', SECOND, 30 * DAY), HOUR),
    odometerToleranceKm: number(25, 'How far the odometer of a vehicle may be from what its owner gave, km', {
      min: 0,
      max: 10_000,
      whole: false,
    }),
    odometerMaxAgeMs: withDefault(
      duration('How long before the validation the odometer may have been read by the vehicle', 0, 365 * DAY),
      DAY,
    ),
  })
  .prefault({})
  .meta({ description: 'How trackers are validated with their providers' });

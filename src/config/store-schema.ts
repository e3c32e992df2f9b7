/** Where the registry and the lifecycle are kept. */
import { z } from 'zod';
import { choice, duration, flag, secret, text, withDefault } from './fields.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

const NODE = 'host:port';
const node = /^(\[[0-9A-Fa-f:]+\]|[^\s:@/]+):\d{1,5}$/;

export const store = z
  .strictObject({
    kind: choice('What holds the registry and the lifecycle: a file, or a Redis that several gateways share', [
      'sqlite',
      'redis',
    ]).default('sqlite'),
    path: text('The SQLite file; `<dataDir>/odograph.sqlite` if not given', 'a path').optional(),
    url: text(
      'Address of the Redis server. User and password have settings of their own',
      'a redis:// or rediss:// address without user and password',
      /^rediss?:\/\/[^\s/@]+(\/\d+)?$/,
    ).optional(),
    nodes: z
      .array(text('A node', NODE, node), { error: 'a list of nodes' })
      .min(1, { error: 'a list of at least one node' })
      .optional()
      .meta({ description: 'Nodes of a Redis cluster, some of them at least, in place of `url`' }),
    tls: flag('Speaks TLS; with one server, `rediss://` says the same').default(false),
    caFile: text(
      'PEM file of the authorities that sign its certificates, where they are none of the system’s',
      'a path',
    ).optional(),
    certFile: text('PEM file of a client certificate', 'a path').optional(),
    keyFile: text('PEM file of its key', 'a path').optional(),
    username: text('User at Redis').optional(),
    password: secret('Password of the user').default(''),
    passwordFile: text('File that holds the password', 'a path').optional(),
    namespace: text(
      'Stands in all keys: gateways of one namespace share what they keep',
      '1 to 64 of A-Z a-z 0-9 . _ -',
      /^[A-Za-z0-9._-]{1,64}$/,
    ).default('main'),
    timeoutMs: withDefault(duration('Longest time for one answer of Redis', 100, 60 * SECOND), 2 * SECOND),
    retryMaxMs: withDefault(duration('Longest pause between two tries to reach it', 10, HOUR), 5 * SECOND),
  })
  .prefault({})
  .meta({ description: 'Registry of trackers and their lifecycle' });

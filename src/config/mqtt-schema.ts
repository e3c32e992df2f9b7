/** The settings of the MQTT broker in a listener, and of subscriptions to brokers elsewhere. */
import { z } from 'zod';
import { bytes, choice, count, duration, flag, nameOf, number, protocols, secret, text, withDefault } from './fields.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const IDENT = '1 to 64 of A-Z a-z 0-9 . _ : -';
const ident = /^[A-Za-z0-9._:-]{1,64}$/;
const HASH = 'a hash as `odograph mqtt-password` writes it';

/** What a listener needs to be an MQTT broker. */
export const mqtt = z
  .strictObject({
    webSocket: flag('Takes MQTT over WebSocket instead of plain connections').default(false),
    credentials: z
      .array(
        z.strictObject({
          username: text('User name the device logs in with'),
          passwordHash: secret('Hash of its password').regex(/^sha256:[0-9a-f]{32}:[0-9a-f]{64}$/, { error: HASH }),
          ident: text('Device it is; its user name if not given', IDENT, ident).optional(),
        }),
        { error: 'a list of credentials' },
      )
      .default([])
      .meta({ description: 'Who may log in' }),
    credentialsFile: text('File with more of them, one a line; read again when it changes', 'a path').optional(),
    certificates: flag(
      'A client certificate proves the device whose ident is its common name; needs `tls.clientCaFile`',
    ).default(false),
    maxPacketBytes: withDefault(bytes('Longest MQTT packet', KIB, 16 * MIB), 256 * KIB),
    maxTopicBytes: withDefault(bytes('Longest topic or filter', 64, 64 * KIB), 256),
    subscriptions: number(16, 'Subscriptions of one client; more are refused', { min: 0, max: 10_000 }),
    publishesInFlight: number(100, 'Publishes of one client that wait for the disk before it is left unread', {
      min: 1,
      max: 10_000,
    }),
  })
  .meta({ description: 'The broker, where the transport is `mqtt`' });

const TOPIC_RULE = 'a topic filter in which `{ident}`, `{protocol}` and `{dialect}` are whole levels, each once at most';

/** Tells whether a text is such a filter. */
function isTopicRule(filter: string): boolean {
  const levels = filter.split('/');
  const once = (variable: string) => levels.filter((level) => level === variable).length <= 1;
  const isLevel = (level: string, at: number) =>
    level === '+' ||
    level === '{ident}' ||
    level === '{protocol}' ||
    level === '{dialect}' ||
    (level === '#' && at === levels.length - 1) ||
    !/[+#{}]/.test(level);
  return filter !== '' && levels[0] !== '$share' && levels.every(isLevel) && ['{ident}', '{protocol}', '{dialect}'].every(once);
}

const URL_RULE = 'an mqtt://, mqtts://, ws:// or wss:// address without user and password';

/** A subscription to a broker elsewhere. */
export const subscription = z.strictObject({
  name: nameOf('Name of the subscription in logs, metrics and stored rows'),
  url: text(
    'Address of the broker. User and password have settings of their own',
    URL_RULE,
    /^(mqtts?|wss?):\/\/[^\s/@]+(\/\S*)?$/,
  ),
  topics: z
    .array(
      z.string({ error: TOPIC_RULE }).refine(isTopicRule, { error: TOPIC_RULE }).meta({
        description:
          'Topics to take, with `{ident}`, `{protocol}` and `{dialect}` where these stand in them, and `+` and `#` as in MQTT',
        rule: TOPIC_RULE,
      }),
      { error: 'a list of topics' },
    )
    .min(1, { error: 'a list of at least one topic' })
    .meta({ description: 'Topics to take, and how a topic tells device and protocol' }),
  protocols: protocols(
    'Protocols taken. Where the topic does not tell: one is pinned; of several, the first bytes of a message choose. Of what clouds push (`bmw`) a message is one body, and stands alone or with `{protocol}` in the topics',
  ),
  unregistered: choice('What happens to a device nobody registered: its frames are stored under its ident, or it is refused', [
    'store',
    'refuse',
  ]).default('store'),
  group: nameOf('Share of the subscription: gateways with the same one divide the messages among themselves').default(
    'odograph',
  ),
  shared: flag(
    'Messages are divided among the connections and the gateways of the group. A broker without shared subscriptions, or that gives a topic to one client alone (BMW), needs `false`, and one connection',
  ).default(true),
  connections: count('Connections to the broker. Each has one message at a time on its way to the disk', 1, 64).default(8),
  protocolVersion: choice('Version of MQTT', ['3.1.1', '5']).default('5'),
  clientId: text(
    'Name of this gateway at the broker, where a session waits for it; made from its spool if not given',
  ).optional(),
  sessionExpiryMs: withDefault(
    duration('How long the broker keeps what this gateway has not acknowledged, with MQTT 5', 0, 30 * DAY),
    DAY,
  ),
  username: text('User name at the broker').optional(),
  password: secret('Password at the broker').optional(),
  passwordFile: text(
    'File that holds the password. A token may be replaced in it: the gateway then logs in anew',
    'a path',
  ).optional(),
  caFile: text(
    'PEM file of the authorities that sign the certificate of the broker, where they are none of the system’s',
    'a path',
  ).optional(),
  certFile: text('PEM file of a client certificate', 'a path').optional(),
  keyFile: text('PEM file of its key', 'a path').optional(),
});

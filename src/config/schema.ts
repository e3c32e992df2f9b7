/**
 * The configuration, described once: types, validation, defaults, the JSON Schema, the example file and `docs/CONFIG.md` all
 * come from this schema. Units stand in the names of the settings.
 */
import { z } from 'zod';
import { api } from './api-schema.ts';
import { consoleSection } from './console-schema.ts';
import { bytes, choice, count, duration, nameOf, number, port, protocols, secret, text, withDefault } from './fields.ts';
import { mqtt, subscription } from './mqtt-schema.ts';
import { providers, validation } from './provider-schema.ts';
import { push } from './push-schema.ts';
import { signIn } from './sign-in-schema.ts';
import { store } from './store-schema.ts';
import { tls } from './tls-schema.ts';
import { allow, proxyProtocol, takeover, udp } from './transport-schema.ts';
import { webhooks } from './webhooks-schema.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;
const TIB = 2 ** 40;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const HOST = 'a host name or address';
const MOST_PROCESSES = 64;

const limitFields = {
  connections: count(
    'Open connections of one listener; more are refused. Over UDP, peers remembered; the one silent for longest makes room',
    1,
    1_000_000,
  ),
  connectionsPerAddress: count(
    'Open connections from one address. Mobile carriers put thousands of trackers behind one address: keep it wide',
    1,
    1_000_000,
  ),
  handshakeDeadlineMs: duration('Time a TCP connection has for its PROXY header and its TLS handshake', 100, HOUR),
  loginDeadlineMs: duration('Time a connection has to name its device', 100, HOUR),
  idleTimeoutMs: duration('Silence after which a connection is closed', SECOND, 7 * DAY),
  frameDeadlineMs: duration('Time a begun frame has to become whole', 100, HOUR),
  frameBytes: bytes(
    'Longest frame on a connection; that of its protocol where that is shorter. Datagrams end at 64 KiB, for MQTT and pushes see there',
    64,
    16 * MIB,
  ),
  bytesPerSecond: bytes(
    'Bytes a second of one connection for long, ten times as many at once. A faster one is left unread for as long as it takes; datagrams beyond are refused, and sent again',
    KIB,
    GIB,
  ),
  framesPerSecond: count('Frames a second of one connection, likewise; over MQTT its packets', 1, 1_000_000),
  trackerBytesPerSecond: bytes('Bytes a second of one device, over all its connections and listeners, likewise', KIB, GIB),
  trackerFramesPerSecond: count('Frames a second of one device, likewise', 1, 1_000_000),
  faultsBeforeClose: count('Wire faults one after another that close a connection', 1, 10_000),
  refusedResendsBeforeAck: count(
    'Times the same corrupt frame is refused before it is put in quarantine and acknowledged, so that the device can go on',
    1,
    1_000,
  ),
};

const limits = z
  .strictObject({
    connections: limitFields.connections.default(20_000),
    connectionsPerAddress: limitFields.connectionsPerAddress.default(10_000),
    handshakeDeadlineMs: withDefault(limitFields.handshakeDeadlineMs, 10 * SECOND),
    loginDeadlineMs: withDefault(limitFields.loginDeadlineMs, 30 * SECOND),
    idleTimeoutMs: withDefault(limitFields.idleTimeoutMs, 30 * MINUTE),
    frameDeadlineMs: withDefault(limitFields.frameDeadlineMs, 30 * SECOND),
    frameBytes: withDefault(limitFields.frameBytes, 64 * KIB),
    bytesPerSecond: withDefault(limitFields.bytesPerSecond, MIB),
    framesPerSecond: limitFields.framesPerSecond.default(1_000),
    trackerBytesPerSecond: withDefault(limitFields.trackerBytesPerSecond, MIB),
    trackerFramesPerSecond: limitFields.trackerFramesPerSecond.default(1_000),
    faultsBeforeClose: limitFields.faultsBeforeClose.default(8),
    refusedResendsBeforeAck: limitFields.refusedResendsBeforeAck.default(3),
  })
  .prefault({})
  .meta({ description: 'What one connection, address or listener may cost. A listener can override each of them' });

const listener = z.strictObject({
  name: nameOf('Name of the listener in logs, metrics and stored rows'),
  transport: choice('How bytes arrive', ['tcp', 'udp', 'mqtt']).default('tcp'),
  host: text('Address to listen on', HOST).default('0.0.0.0'),
  port: port('Port to listen on'),
  protocols: protocols(
    'Protocols spoken here. One is pinned; of several, the first bytes of a connection or datagram choose, or the topic over MQTT',
  ),
  tls: tls.optional(),
  proxyProtocol: proxyProtocol.optional(),
  udp: udp.optional(),
  mqtt: mqtt.optional(),
  unregistered: choice('What happens to a device nobody registered: its frames are stored under its ident, or it is refused', [
    'store',
    'refuse',
  ]).default('store'),
  allow: allow.optional(),
  takeover: takeover.optional(),
  limits: z.strictObject(limitFields).partial().optional().meta({ description: 'Overrides of `limits` for this listener' }),
});

const spool = z
  .strictObject({
    dir: text('Folder of the spool; `<dataDir>/spool` if not given', 'a path').optional(),
    segmentBytes: withDefault(bytes('Size at which a new segment is begun', 64 * KIB, 4 * GIB), 64 * MIB),
    budgetBytes: withDefault(
      bytes('Disk the spool may use; when it is full, sockets are left unread', MIB, 1_024 * TIB),
      10 * GIB,
    ),
    retentionMs: withDefault(duration('How long stored frames are kept for replay', 0, 3_650 * DAY), 7 * DAY),
    retentionBytes: withDefault(bytes('Disk that stored frames may hold for replay', 0, 1_024 * TIB), 2 * GIB),
  })
  .prefault({})
  .meta({ description: 'The log that makes frames durable before they are acknowledged' });

const clickhouse = z
  .strictObject({
    mode: choice('`embedded` runs the engine as a child of the gateway, `server` talks to yours', [
      'embedded',
      'server',
    ]).default('embedded'),
    dir: text('Folder of the embedded engine; `<dataDir>/clickhouse` if not given', 'a path').optional(),
    url: text(
      'HTTP address of the server. User and password have settings of their own',
      'an http:// or https:// address without user and password',
      /^https?:\/\/[^\s/@]+(\/\S*)?$/,
    ).optional(),
    database: text(
      'Database of the tables, created where absent',
      'a name of letters, digits and underscores',
      /^[A-Za-z_]\w{0,63}$/,
    ).default('odograph'),
    username: text('User of the server').default('default'),
    password: secret('Password of the user').default(''),
    passwordFile: text('File that holds the password', 'a path').optional(),
    memoryBytes: withDefault(bytes('Memory the embedded engine may use', 256 * MIB, TIB), 2 * GIB),
    batchRows: number(20_000, 'Rows of one insert at most', { min: 1, max: 1_000_000 }),
    batchAgeMs: withDefault(duration('Longest time a row waits for its insert', 10, MINUTE), SECOND),
    insertsInFlight: number(2, 'Inserts under way at a time', { min: 1, max: 16 }),
    waitingRows: count(
      'Rows waiting in memory at which the pipeline pauses; three times batchRows if not given',
      1,
      10_000_000,
    ).optional(),
    framesRetentionMs: withDefault(
      duration('How long raw frames are kept in ClickHouse for replay, 0 for ever; messages are kept always', 0, 36_500 * DAY),
      90 * DAY,
    ),
    requestTimeoutMs: withDefault(duration('Longest time for one answer', 100, HOUR), 60 * SECOND),
    retryMinMs: withDefault(duration('First pause before a request is made again', 10, MINUTE), 200),
    retryMaxMs: withDefault(duration('Longest pause between two tries', 10, HOUR), 30 * SECOND),
  })
  .prefault({})
  .meta({ description: 'Where decoded data goes' });

const secrets = z
  .strictObject({
    keyFile: text(
      'File with the keys, 32 bytes as base64 a line, the newest first. If not given, `<dataDir>/secrets.key`, which is made where it is missing. Gateways that share a registry share the keys',
      'a path',
    ).optional(),
  })
  .prefault({})
  .meta({ description: 'What credentials and webhook secrets are sealed with before they are stored' });

const lifecycle = z
  .strictObject({
    connectMetres: number(500, 'Distance a tracker must have driven to become `connected`, metres', { min: 1, max: 1_000_000 }),
    jitterMetres: number(25, 'Steps shorter than this are noise of the receiver, metres', { min: 0, max: 1_000, whole: false }),
    maxSpeedKmh: number(250, 'A step that would need more speed is a teleport, km/h', { min: 1, max: 2_000, whole: false }),
    minSatellites: number(4, 'Fixes with fewer satellites give no evidence, where the device tells', { min: 0, max: 64 }),
    maxHdop: number(5, 'Fixes with a greater dilution give no evidence, where the device tells', {
      min: 0.1,
      max: 100,
      whole: false,
    }),
    erroneousFixes: number(20, 'Erroneous fixes, with no usable one among them, that move a tracker to `error_data`', {
      min: 1,
      max: 10_000,
    }),
  })
  .prefault({})
  .meta({ description: 'What proves that a tracker works' });

const pipeline = z
  .strictObject({
    maxFutureMs: withDefault(
      duration('How far the clock of a device may be ahead before it is repaired', 0, 30 * DAY),
      10 * MINUTE,
    ),
    liveAgeMs: withDefault(duration('Messages older than this are backlog', SECOND, 30 * DAY), 5 * MINUTE),
    duplicateWindow: number(200_000, 'Messages remembered to recognise resends without asking ClickHouse', {
      min: 0,
      max: 50_000_000,
    }),
  })
  .prefault({})
  .meta({ description: 'How messages are made canonical' });

const dbc = z
  .record(
    z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/),
    z.strictObject({ mapping: text('File that names the DBC files and says what their signals are', 'a path') }),
    { error: 'vehicle models by name' },
  )
  .default({})
  .meta({
    description: 'DBC files by vehicle model, which a can-frames box names as its profile. Paths are from the working folder',
  });

const admin = z
  .strictObject({
    host: text('Address of the admin port. It has no authentication: keep it off the internet', HOST).default('127.0.0.1'),
    port: port('Port of `/livez`, `/readyz`, `/metrics` and `/capture`').default(9_090),
    connections: count('Open connections of the admin port; more are refused', 1, 100_000).default(100),
    requestsPerMinute: count('Requests of one address in a minute; more are answered 429', 1, 10_000_000).default(6_000),
    capture: choice(
      'Whether `/capture` gives the raw traffic of devices, positions and logins included: `auto` only where `host` is of this machine alone, to this machine',
      ['auto', 'on', 'off'],
    ).default('auto'),
  })
  .prefault({})
  .meta({ description: 'Health, metrics and live captures' });

const log = z
  .strictObject({
    level: choice('Least important lines that are written', [
      'trace',
      'debug',
      'info',
      'warn',
      'error',
      'fatal',
      'silent',
    ]).default('info'),
    format: choice('`json` for machines, `pretty` for people, `auto` for whichever reads it: pretty on a terminal', [
      'auto',
      'json',
      'pretty',
    ]).default('auto'),
  })
  .prefault({})
  .meta({ description: 'The log, on standard output' });

const shutdown = z
  .strictObject({
    drainMs: withDefault(
      duration('Time to send owed acks and flush batches; what is left stays in the spool', 0, HOUR),
      10 * SECOND,
    ),
  })
  .prefault({})
  .meta({ description: 'What SIGTERM waits for' });

export const configSchema = z.strictObject({
  dataDir: text('Folder for all that the gateway keeps', 'a path').default('./data'),
  processes: number(
    1,
    'Processes that take devices in on the same TCP ports, each with a spool of its own. More than one needs `store.kind: redis`; limits and budgets are those of each process; `admin.port` and `api.port` are those of the first, and each further process has the next ones',
    { min: 1, max: MOST_PROCESSES },
  ),
  listeners: z
    .array(listener, { error: 'a list of listeners' })
    .default([
      {
        name: 'trackers',
        transport: 'tcp',
        host: '0.0.0.0',
        port: 5_027,
        protocols: ['teltonika', 'astra-telematics'],
        unregistered: 'store',
      },
    ])
    .meta({ description: 'Ports devices connect to' }),
  subscriptions: z
    .array(subscription, { error: 'a list of subscriptions' })
    .default([])
    .meta({ description: 'External MQTT brokers whose messages are taken in' }),
  limits,
  spool,
  clickhouse,
  store,
  secrets,
  push,
  lifecycle,
  pipeline,
  providers,
  validation,
  dbc,
  api,
  console: consoleSection,
  signIn,
  webhooks,
  admin,
  log,
  shutdown,
});

/** The settings as validated, before paths under `dataDir` are filled in. */
export type Settings = z.output<typeof configSchema>;

/** The whole configuration: everything has a value but what is truly optional. */
export type Config = Settings & {
  spool: { dir: string };
  clickhouse: { dir: string };
  store: { path: string };
};

export type ListenerConfig = Settings['listeners'][number];
export type SubscriptionConfig = Settings['subscriptions'][number];
export type LimitsConfig = Settings['limits'];

/** Rows that may wait in memory: unless said otherwise those of two batches under way and one that fills. */
export function waitingRowsOf({ batchRows, waitingRows = 3 * batchRows }: Settings['clickhouse']): number {
  return waitingRows;
}

/** What the settings say of a sink: how rows go in, how many may wait, how often it is tried again. */
export function sinkSettingsOf(of: Settings['clickhouse']) {
  const { batchRows, batchAgeMs, insertsInFlight: inFlight, retryMinMs: first, retryMaxMs: last } = of;
  return { batchRows, batchAgeMs, inFlight, waitingRows: waitingRowsOf(of), retryMs: { first, last } };
}

/** Gives the limits of a listener: the common ones with its own overrides. */
export function limitsOf(config: Settings, of: Pick<ListenerConfig, 'limits'>): LimitsConfig {
  const own = Object.entries(of.limits ?? {}).filter(([, value]) => value !== undefined);
  return { ...config.limits, ...Object.fromEntries(own) };
}

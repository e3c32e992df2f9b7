/**
 * Who may import whom. The architecture test holds production code to this table, and `npm run docs:lint` makes oxlint's
 * boundary rules from it, so that the editor says the same.
 */
export interface Zone {
  /** Folder, or a file where one file is a zone of its own, relative to the root. */
  path: string;
  /** Zones, or single files of zones, it may import besides itself. */
  may: readonly string[];
  /** Packages it may import; `node:` stands for all of Node. */
  packages: readonly string[];
  /** Pure code asks neither for the time nor for the environment, and does no I/O. */
  pure: boolean;
}

const MODEL = 'src/model';
const WIRE = 'src/wire';
const ERRORS = 'src/errors';
const CONTRACT = 'protocols/codec.ts';
const REGISTRY = 'protocols/registry.ts';
const WHOLE_FRAMES = 'protocols/whole-frames.ts';
const LAYERS = 'protocols/layers';
const EXPLAIN = 'protocols/explain';
const JOURNAL = 'src/session/journal.ts';
const PORTS = 'src/pipeline/ports.ts';
const CHOOSE_CODEC = 'src/session/choose-codec.ts';
const DISSECT = 'src/dissect';
const STATEMENT = 'protocols/conformance/statement.ts';
const TAP = 'src/session/tap.ts';
const COMMAND_LINE = 'src/session/command-line.ts';
const VISIT = 'src/session/visit.ts';
const CAPTURE_ENTRY = 'src/capture/entry.ts';
const CAN_FRAMES = 'protocols/can-frames';
const TOPICS = 'src/listen/mqtt/topics.ts';
const TOPIC_RULE = 'src/listen/mqtt/topic-rule.ts';
const COMMAND_QUEUE = 'src/commands/queue.ts';

/** What the store does for its callers, whichever one it is. */
const REGISTRY_STORE = ['change', 'document-store', 'explain', 'refusals', 'register', 'silent', 'tracker-store'].map(
  (name) => `src/store/${name}.ts`,
);

const pure = (path: string, may: readonly string[], packages: readonly string[] = []): Zone => ({
  path,
  may,
  packages,
  pure: true,
});
const service = (path: string, may: readonly string[], packages: readonly string[] = []): Zone => ({
  path,
  may,
  packages: ['node:', ...packages],
  pure: false,
});

/**
 * A codec knows bytes and meaning, nothing else: each folder of `protocols` that is not named here is one, and so is each of
 * `protocols/push`, which decode what clouds push.
 */
const CODEC = pure('protocols/*', [MODEL, WIRE, ERRORS, CONTRACT, LAYERS, EXPLAIN], ['protobufjs']);

export const ZONES: readonly Zone[] = [
  pure(ERRORS, []),
  pure(WIRE, [ERRORS]),
  pure(MODEL, [ERRORS]),
  pure(EXPLAIN, [MODEL, WIRE, ERRORS]),
  pure(CONTRACT, [MODEL, ERRORS, EXPLAIN]),
  pure(REGISTRY, [CONTRACT]),
  pure(WHOLE_FRAMES, [CONTRACT]),
  pure(LAYERS, [MODEL, WIRE, ERRORS, CONTRACT, EXPLAIN], ['protobufjs']),
  pure('protocols/all.ts', [REGISTRY, CODEC.path, LAYERS]),
  pure('src/pipeline', [MODEL, WIRE, ERRORS, CONTRACT, REGISTRY]),
  pure(DISSECT, [MODEL, WIRE, ERRORS, CONTRACT, EXPLAIN, CHOOSE_CODEC]),
  pure('src/lifecycle', [MODEL, ERRORS]),
  pure('src/providers', [MODEL, ERRORS]),
  pure('src/commands', [MODEL, COMMAND_LINE]),
  service(
    'protocols/conformance',
    [MODEL, WIRE, ERRORS, CONTRACT, LAYERS, WHOLE_FRAMES, EXPLAIN, DISSECT],
    ['vitest', 'fast-check'],
  ),
  service('src/listen', [MODEL, ERRORS], ['mqtt', 'mqtt-packet', 'ws']),
  service('src/session', [MODEL, WIRE, ERRORS, CONTRACT]),
  service('src/spool', [MODEL, WIRE, ERRORS, JOURNAL, PORTS]),
  service('src/store', [MODEL, ERRORS, PORTS, COMMAND_QUEUE, 'src/lifecycle', 'src/providers'], ['ioredis']),
  // How trackers are proved to be their owners': what is asked is the providers', how questions travel is the client's.
  pure('src/validation', [
    MODEL,
    ERRORS,
    'src/lifecycle',
    'src/providers',
    'src/store/document-store.ts',
    'src/store/refusals.ts',
    'src/store/register.ts',
    'src/store/tracker-index.ts',
    'src/store/tracker-pages.ts',
    'src/store/tracker-store.ts',
  ]),
  service('src/http-client', ['src/providers/adapter.ts']),
  // What companies own and ask for; the command line and the API call it alike.
  service('src/registry', [MODEL, ERRORS, 'src/lifecycle', 'src/providers', 'src/secrets', ...REGISTRY_STORE]),
  // Bounds of the ports that speak HTTP.
  service('src/http-port', [ERRORS, 'src/listen/addresses.ts', 'src/listen/connection-limits.ts']),
  service(
    'src/api',
    [
      'src/http-port',
      'src/listen/addresses.ts',
      'src/validation/answers.ts',
      MODEL,
      ERRORS,
      'src/consent',
      'src/console',
      DISSECT,
      'src/html5',
      'src/lifecycle',
      'src/observe/alerts.ts',
      'src/observe/recent.ts',
      'src/observe/status.ts',
      'src/push',
      'src/quarantine',
      'src/reading',
      'src/registry',
      'src/sign-in',
      'src/store/transition-log.ts',
      'src/stream',
      'src/webhooks',
    ],
    ['fastify', '@fastify/cors', '@fastify/rate-limit', '@fastify/swagger', 'fastify-type-provider-zod', 'zod'],
  ),
  // How people sign in to the console.
  service('src/sign-in', ['src/registry/api-keys.ts', MODEL, 'src/store/document-store.ts'], ['openid-client']),
  // Tells readers what happens, as it happens.
  service('src/stream', [MODEL, ERRORS, PORTS, 'src/reading', 'src/store/document-store.ts', 'src/store/transition-log.ts']),
  // Takes in what clouds push.
  service('src/pull', [MODEL, ERRORS, CONTRACT, JOURNAL]),
  service('src/push', [
    MODEL,
    ERRORS,
    CONTRACT,
    REGISTRY,
    JOURNAL,
    TAP,
    'src/secrets',
    'src/store/document-store.ts',
    'src/store/name-store.ts',
    'src/webhooks/signature.ts',
  ]),
  // The tracker page: its links, and its files.
  service(
    'src/html5',
    [MODEL, ERRORS, 'src/push/endpoints.ts', 'src/push/proof.ts', 'src/store/document-store.ts'],
    ['qrcode-generator'],
  ),
  // Runs in a browser: it has neither Node nor anything of the gateway.
  { path: 'src/html5/page', may: [], packages: [], pure: false },
  // Serves the web console.
  service('src/console', []),
  // Runs in browsers: of the gateway it has what is pure and shared, and the types of the API.
  {
    path: 'web/src',
    may: [MODEL, 'src/lifecycle/categories.ts', 'src/providers/rules.ts', 'client'],
    packages: ['preact', '@preact/signals', 'maplibre-gl', 'uplot', 'world-atlas'],
    pure: false,
  },
  // Whose data may no longer be kept, and the proof that it is not.
  service('src/consent', [MODEL, ERRORS, PORTS, 'src/secrets', 'src/store/document-store.ts', 'src/store/tracker-store.ts']),
  service('src/sink', [MODEL, WIRE, ERRORS, PORTS], ['@clickhouse/client', 'ffi-rs', '@chdb/lib-linux-x64-gnu']),
  // Asks ClickHouse for what is stored.
  pure('src/reading', [MODEL, ERRORS]),
  service(
    'src/observe',
    [MODEL, WIRE, ERRORS, VISIT, PORTS, 'src/http-port'],
    ['fastify', '@fastify/rate-limit', 'pino', 'pino-pretty', 'prom-client'],
  ),
  service('src/config', [MODEL, ERRORS], ['yaml', 'zod']),
  // Several processes of one gateway: who starts, watches and stops them, and what they tell each other.
  service('src/processes', [
    MODEL,
    ERRORS,
    'src/config/schema.ts',
    'src/config/seats.ts',
    'src/lifecycle/contacts.ts',
    'src/lifecycle/diagnosis.ts',
    'src/observe/ledger.ts',
    'src/observe/status.ts',
  ]),
  service('src/webhooks', [
    'src/store/transition-log.ts',
    MODEL,
    ERRORS,
    'src/webhooks/signature.ts',
    'src/secrets',
    'src/listen/addresses.ts',
    'src/store/document-store.ts',
    'src/store/tracker-store.ts',
  ]),
  pure('src/webhooks/signature.ts', [MODEL], ['node:crypto']),
  // Seals what must not be read in the store.
  service('src/secrets', [ERRORS]),
  // Compiles a fleet's DBC files into the tables a layer decodes with.
  service('src/dbc', [MODEL, WIRE, ERRORS, LAYERS], ['candied', 'yaml', 'zod']),
  service('src/capture', [MODEL, WIRE, ERRORS, CONTRACT, REGISTRY, TAP, 'src/pipeline', 'src/spool', 'src/sink']),
  // What other tools log: readers and writers are pure, one file reads the file.
  pure('src/capture/import', [MODEL, WIRE, ERRORS, CAPTURE_ENTRY, CAN_FRAMES, TOPICS, TOPIC_RULE]),
  service('src/capture/import/index.ts', [MODEL, ERRORS, CAPTURE_ENTRY, 'src/capture/file', 'src/capture/import']),
  pure('src/capture/export', [MODEL, WIRE, CAPTURE_ENTRY, CAN_FRAMES, 'src/capture/import']),
  service('src/replay', [
    MODEL,
    WIRE,
    ERRORS,
    CONTRACT,
    REGISTRY,
    CAPTURE_ENTRY,
    STATEMENT,
    CHOOSE_CODEC,
    'src/session/inbox.ts',
    'src/pipeline',
  ]),
  // Refused frames: looking at them, and putting them through the codecs again.
  service('src/quarantine', [
    MODEL,
    ERRORS,
    REGISTRY,
    'src/capture',
    'src/pipeline',
    'src/providers',
    'src/reading',
    'src/replay',
    'src/sink',
    'src/spool',
    'src/store/past-owners.ts',
    'src/store/tracker-store.ts',
  ]),
  // Compares the spool with ClickHouse.
  service('src/audit', [
    MODEL,
    ERRORS,
    REGISTRY,
    'src/capture/selection.ts',
    'src/pipeline',
    'src/providers',
    'src/quarantine/owners.ts',
    'src/sink',
    'src/spool',
    'src/store/tracker-store.ts',
  ]),
  service('src/replay/play', [MODEL, WIRE, ERRORS, CONTRACT, CAPTURE_ENTRY, 'src/replay'], ['mqtt']),
  service(
    'src/simulate',
    [MODEL, WIRE, ERRORS, CODEC.path, 'src/providers', 'src/webhooks/signature.ts'],
    ['@clickhouse/client'],
  ),
];

/**
 * What puts the zones together: imports are not restricted there, but nobody else may import them. `src/app` stands for `app.ts`
 * and the files it is cut into.
 */
export const COMPOSERS = ['src/app', 'src/cli', 'src/main.ts', 'web/vite.config.ts', 'scripts', 'test', 'bench'];

/** Gives the zone of a file: the one with the longest matching path. */
export function zoneOf(file: string): Zone | undefined {
  const inside = (path: string) => file === path || file.startsWith(`${path}/`);
  const named = ZONES.filter(({ path }) => inside(path)).sort((a, b) => b.path.length - a.path.length)[0];
  if (named !== undefined) return named;
  const [, folder] = /^protocols\/((?:push\/)?[^/]+)\/./.exec(file) ?? [];
  return folder === undefined ? undefined : { ...CODEC, path: `protocols/${folder}` };
}

import { mkdtempSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import type { HTTPMethods, InjectOptions } from 'fastify';
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import { CODECS } from '#protocols/all';
import type { ApiApp } from '../../src/api/routing.ts';
import { makeServer, type ApiSettings } from '../../src/api/server.ts';
import type { ApiServices } from '../../src/api/services.ts';
import { apiServices } from '../../src/app-api.ts';
import { dissectorOf, telemetryServices } from '../../src/app-telemetry.ts';
import { quarantineDesk } from '../../src/app-quarantine.ts';
import { openStream } from '../../src/app-stream.ts';
import { openPush } from '../../src/app-push.ts';
import { registryServices } from '../../src/app-registry.ts';
import { configSchema } from '../../src/config/schema.ts';
import { Ledger } from '../../src/observe/ledger.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { Recent } from '../../src/observe/recent.ts';
import { aStatus } from '../../src/observe/status-fixture.ts';
import type { Role } from '../../src/registry/api-keys.ts';
import type { TryAccount } from '../../src/registry/credentials.ts';
import { SealedBox } from '../../src/secrets/sealed-box.ts';
import type { Rows } from '../../src/reading/rows.ts';
import type { Connection } from '../../src/sink/clickhouse/connection.ts';
import { openSpool, type Spool } from '../../src/spool/spool.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/store.ts';
import { removeFolder } from './remove-folder.ts';

/** An answer of the API. */
export interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Record<string, unknown>;
}

/** What a request consists of, besides method and address. */
export interface Asking {
  /** A key, as `keyOf` gives it. */
  key?: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** Longest upload. */
export const UPLOAD_BYTES = 64 * 1_024;
/** The time in tests that do not set it. */
const NOW = Date.UTC(2026, 0, 15, 12);

/** The API in this process on a registry in memory, without a port: requests are injected. */
export class TestApi {
  readonly app: ApiApp;
  readonly services: ApiServices;
  readonly store: SqliteStore;
  /** Where pushes go. */
  readonly spool: Spool;
  readonly #dataDir: string;
  /** What was reported: failures that are not the caller's. */
  readonly failures: unknown[];
  /** The ClickHouse that is read; `null` is one that does not answer. */
  rows: Rows | null = null;
  /** The one that is written to. */
  clickhouse: Connection | null = null;
  /** Added to the clock. */
  laterMs = 0;

  private constructor(
    app: ApiApp,
    services: ApiServices,
    store: SqliteStore,
    spool: Spool,
    dataDir: string,
    failures: unknown[],
  ) {
    this.app = app;
    this.services = services;
    this.store = store;
    this.spool = spool;
    this.#dataDir = dataDir;
    this.failures = failures;
  }

  /** `configured` are settings as a configuration file has them. */
  static async open(settings: Partial<ApiSettings> = {}, version = '0', configured: object = {}): Promise<TestApi> {
    const config = configSchema.parse({ ...CONFIGURED, ...configured });
    const store = openSqliteStore(':memory:');
    const failures: unknown[] = [];
    let api: TestApi | null = null;
    const now: Clock = () => NOW + (api?.laterMs ?? 0);
    const secrets = new SealedBox([new Uint8Array(32)]);
    const dataDir = mkdtempSync(join(tmpdir(), 'odograph-api-'));
    const spool = await openSpool({
      directory: join(dataDir, 'spool'),
      budgetBytes: 2 ** 30,
      retention: { ageMs: 0, bytes: 0 },
      now,
      onFault: (_code, detail) => failures.push(detail),
    });
    const logger = createLogger({ level: 'silent', format: 'json' });
    const push = openPush({
      settings: config.push,
      registry: store,
      documents: store.documents,
      names: store.names,
      secrets,
      journal: spool,
      ledger: new Ledger(),
      metrics: new Metrics('0'),
      logger,
      now,
    });
    const telemetry = telemetryServices({ registry: store, rows: () => api?.rows ?? null, database: 'odograph', now });
    const registry = registryServices({
      config,
      registry: store,
      documents: store.documents,
      secrets,
      witness: { signsOf: () => null },
      tryAccount,
      started: () => undefined,
      now,
    });
    const { desk: stream } = openStream({
      config,
      spoolId: spool.id,
      book: { trackerOf: () => null, registeredSince: () => [] },
      documents: store.documents,
      rows: () => api?.rows ?? null,
      database: 'odograph',
      storedThrough: () => 0,
      metrics: new Metrics('0'),
      logger,
      now,
    });
    const quarantine = quarantineDesk({
      config: { ...config, spool: { ...config.spool, dir: join(dataDir, 'spool') } },
      codecs: CODECS,
      store,
      secrets,
      rows: () => api?.rows ?? null,
      connection: () => api?.clickhouse ?? null,
      notBefore: () => 0,
      now,
    });
    const told = { started: () => undefined, consentStated: () => undefined };
    const recent = new Recent();
    const overview = async (since: number) => recent.overview(aStatus({ at: now() }), since);
    const parts = { push, telemetry, dissector: dissectorOf(CODECS), quarantine, stream, overview, logger };
    const services = apiServices({ config, store, secrets, registry, ...parts, ...told, now });
    const app = await makeServer({
      settings: { ...SETTINGS, ...settings },
      services,
      version,
      report: (error) => failures.push(error),
    });
    api = new TestApi(app, services, store, spool, dataDir, failures);
    return api;
  }

  get now(): number {
    return NOW + this.laterMs;
  }

  /** Makes a key of a company, or of an operator where the company is empty. */
  async keyOf(companyId: string, role: Role = 'admin'): Promise<string> {
    if (companyId !== '') await this.services.companies.create({ id: companyId, name: companyId }).catch(() => undefined);
    return (await this.services.keys.create({ companyId, name: `${role} of ${companyId}`, role })).secret;
  }

  /** Makes a request. A body goes as JSON unless it is text or bytes. */
  async ask(method: HTTPMethods, url: string, { key, body, headers = {} }: Asking = {}): Promise<Answer> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const request: InjectOptions = {
      method,
      url,
      headers: {
        ...(key === undefined ? {} : { 'x-api-key': key }),
        ...(body === undefined || isRaw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: isRaw ? Buffer.from(body) : JSON.stringify(body) }),
    };
    // A stream has no end: its reader leaves when it has begun.
    const response = await this.app.inject({ ...request, payloadAsStream: url.startsWith('/v1/stream') });
    if (String(response.headers['content-type']).includes('event-stream')) {
      response.stream().destroy();
      return { status: response.statusCode, headers: response.headers, body: {} };
    }
    const text = url.startsWith('/v1/stream') ? await readText(response.stream()) : response.body;
    const isJson = String(response.headers['content-type']).includes('json');
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.services.push.intake.close();
    await this.spool.close();
    this.store.close();
    removeFolder(this.#dataDir);
  }
}

/** A provider that refuses the token `refused`, cannot be asked about `away`, and accepts every other. */
const tryAccount: TryAccount = async (_provider, { token }) => {
  if (token === 'away') throw new GatewayError('provider_unreachable', 'the provider answers 503');
  return token === 'refused' ? { ok: false, reason: 'the provider answers 401: it refuses the credentials' } : { ok: true };
};

const CONFIGURED = { api: { uploadBytes: UPLOAD_BYTES } };
/** Settings of the API where a test does not set them. */
export const SETTINGS: ApiSettings = {
  host: '127.0.0.1',
  port: 0,
  allowedOrigins: [],
  trustedProxies: [],
  bodyBytes: 256 * 1_024,
  requestsPerMinute: 1_000_000,
  failedKeysPerMinute: 1_000_000,
  bounds: configSchema.parse(CONFIGURED).api,
};

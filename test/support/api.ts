import type { OutgoingHttpHeaders } from 'node:http';
import type { HTTPMethods } from 'fastify';
import type { Clock } from '#model/clocks';
import type { ApiApp } from '../../src/api/routing.ts';
import { makeServer, type ApiSettings } from '../../src/api/server.ts';
import type { ApiServices } from '../../src/api/services.ts';
import { apiServices } from '../../src/app-api.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { Role } from '../../src/registry/api-keys.ts';
import { SealedBox } from '../../src/secrets/sealed-box.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/store.ts';

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

/** The time in tests that do not set it. */
const NOW = Date.UTC(2026, 0, 15, 12);

/** The API in this process on a registry in memory, without a port: requests are injected. */
export class TestApi {
  readonly app: ApiApp;
  readonly services: ApiServices;
  readonly store: SqliteStore;
  /** What was reported: failures that are not the caller's. */
  readonly failures: unknown[];
  /** Added to the clock. */
  laterMs = 0;

  private constructor(app: ApiApp, services: ApiServices, store: SqliteStore, failures: unknown[]) {
    this.app = app;
    this.services = services;
    this.store = store;
    this.failures = failures;
  }

  static async open(settings: Partial<ApiSettings> = {}): Promise<TestApi> {
    const store = openSqliteStore(':memory:');
    const failures: unknown[] = [];
    let api: TestApi | null = null;
    const now: Clock = () => NOW + (api?.laterMs ?? 0);
    const secrets = new SealedBox([new Uint8Array(32)]);
    const services = apiServices({ config: CONFIG, store, secrets, witness: { signsOf: () => null }, now });
    const app = await makeServer({
      settings: { ...SETTINGS, ...settings },
      services,
      version: '0',
      report: (error) => failures.push(error),
    });
    api = new TestApi(app, services, store, failures);
    return api;
  }

  get now(): number {
    return NOW + this.laterMs;
  }

  /** Makes a key of a company, or of an operator where the company is empty. */
  async keyOf(companyId: string, role: Role = 'admin'): Promise<string> {
    return (await this.services.keys.create({ companyId, name: `${role} of ${companyId}`, role })).secret;
  }

  /** Makes a request. A body goes as JSON unless it is text or bytes. */
  async ask(method: HTTPMethods, url: string, { key, body, headers = {} }: Asking = {}): Promise<Answer> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await this.app.inject({
      method,
      url,
      headers: {
        ...(key === undefined ? {} : { 'x-api-key': key }),
        ...(body === undefined || isRaw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: isRaw ? Buffer.from(body) : JSON.stringify(body) }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson && response.body !== '' ? response.json() : {},
    };
  }

  async close(): Promise<void> {
    await this.app.close();
    this.store.close();
  }
}

const CONFIG = { webhooks: configSchema.shape.webhooks.parse({}) };
const SETTINGS: ApiSettings = {
  host: '127.0.0.1',
  port: 0,
  allowedOrigins: [],
  trustedProxies: [],
  bodyBytes: 256 * 1_024,
  requestsPerMinute: 1_000_000,
  failedKeysPerMinute: 1_000_000,
};

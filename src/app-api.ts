/** Puts the HTTP API together. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#model/clocks';
import { DEFAULT_COMPANY } from '#model/tracker';
import { openApi, type Api } from './api/server.ts';
import type { ApiServices, PushServices, TelemetryServices } from './api/services.ts';
import { webhookServices } from './app-webhooks.ts';
import type { Config } from './config/schema.ts';
import type { Logger } from './observe/logger.ts';
import { ApiKeys } from './registry/api-keys.ts';
import type { SealedBox } from './secrets/sealed-box.ts';
import type { Witness } from './store/explain.ts';
import type { Store } from './store/store.ts';

/** What the API is put together from. */
export interface ApiOptions {
  config: Config;
  logger: Logger;
  version: string;
  store: Store;
  /** Seals what companies entrust to the gateway. */
  secrets: SealedBox;
  /** Has seen the connections. */
  witness: Witness;
  push: PushServices;
  telemetry: TelemetryServices;
  now: Clock;
}

/** The first key of an installation, made where there was none. */
export interface FirstKey {
  secret: string;
  /** File in which it is kept for its owner, who alone may read it. */
  file: string;
}

/** What the services of routes are made from. */
export type ServiceOptions = Pick<ApiOptions, 'store' | 'secrets' | 'witness' | 'push' | 'telemetry' | 'now'> & {
  config: Pick<Config, 'webhooks'>;
};

/** Makes the services that routes are given. */
export function apiServices(options: ServiceOptions): ApiServices {
  const { config, store, secrets, witness, push, telemetry, now } = options;
  const { documents } = store;
  return {
    now,
    witness,
    push,
    telemetry,
    keys: new ApiKeys(documents, now),
    webhooks: webhookServices(config, documents, secrets, now),
  };
}

/** Opens the API. Rejects with `listener_bind`. */
export async function startApi(options: ApiOptions): Promise<{ api: Api; firstKey: FirstKey | null }> {
  const { config, logger, version } = options;
  const services = apiServices(options);
  const firstKey = await ensureFirstKey(services, config, logger);
  const report = (err: unknown, name: string): void => {
    if (name === 'ApiStoreAway') logger.warn({ err }, 'the API cannot reach the registry');
    else logger.error({ err, code: 'bug_invariant' }, 'the API failed to answer');
  };
  const api = await openApi({ settings: config.api, services, version, report });
  logger.info({ host: config.api.host, port: api.port }, 'API open');
  return { api, firstKey };
}

/** Makes an admin key of the default company where it never had a key. It goes to a file and never to the log. */
async function ensureFirstKey({ keys }: ApiServices, { dataDir }: Config, logger: Logger): Promise<FirstKey | null> {
  const existing = await keys.list(DEFAULT_COMPANY, { most: 1 });
  if (existing.length > 0) return null;
  const { secret } = await keys.create({ companyId: DEFAULT_COMPANY, name: 'first key', role: 'admin' });
  const file = join(dataDir, 'admin-key');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  // The mode above is only for a file that is new.
  chmodSync(file, 0o600);
  logger.info({ file }, 'made the first key of the API; it stands in this file');
  return { secret, file };
}

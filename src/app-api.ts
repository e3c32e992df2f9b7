/** Puts the HTTP API together. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import { DEFAULT_COMPANY } from '#model/tracker';
import { openApi, type Api } from './api/server.ts';
import type { ApiServices, Dissector, PushServices, TelemetryServices } from './api/services.ts';
import { certificatesOf } from './app-certificates.ts';
import { consentDesk } from './app-consent.ts';
import { registryServices, type RegistryServices } from './app-registry.ts';
import { signInServices } from './app-sign-in.ts';
import { accountTrials } from './app-validation.ts';
import { webhookServices } from './app-webhooks.ts';
import type { Config } from './config/schema.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Logger } from './observe/logger.ts';
import type { Overview } from './observe/recent.ts';
import type { QuarantineDesk } from './quarantine/desk.ts';
import type { SealedBox } from './secrets/sealed-box.ts';
import type { Witness } from './store/explain.ts';
import type { Store } from './store/store.ts';
import type { StreamDesk } from './stream/desk.ts';

/** What the API is put together from. */
export interface ApiOptions {
  config: Config;
  metrics: Metrics;
  logger: Logger;
  version: string;
  store: Store;
  /** Whether the first key is made here; of several processes one does. */
  makesFirstKey: boolean;
  /** Seals what companies entrust to the gateway. */
  secrets: SealedBox;
  /** Has seen the connections. */
  witness: Witness;
  push: PushServices;
  telemetry: TelemetryServices;
  dissector: Dissector;
  quarantine: QuarantineDesk;
  stream: StreamDesk;
  overview: (since: EpochMs) => Promise<Overview>;
  /** Called when a validation was started, which somebody may work off at once. */
  started: () => void;
  /** Called when a consent was withdrawn or given again. */
  consentStated: () => void;
  now: Clock;
}

/** What is away, and no fault of the API's, by the error that it is answered with. */
const AWAY: ReadonlyMap<string, string> = new Map([
  ['ApiStoreAway', 'the registry'],
  ['ApiProviderAway', 'the cloud of a provider'],
  ['TelemetryAway', 'ClickHouse'],
]);
/** Pause before the first key is tried again, ms. */
const FIRST_KEY_RETRY_MS = 1_000;

/** The first key of an installation, made where there was none. */
export interface FirstKey {
  secret: string;
  /** File in which it is kept for its owner, who alone may read it. */
  file: string;
}

/** What the services of routes are made from. */
export type ServiceOptions = Pick<
  ApiOptions,
  | 'store'
  | 'logger'
  | 'secrets'
  | 'push'
  | 'telemetry'
  | 'dissector'
  | 'quarantine'
  | 'stream'
  | 'overview'
  | 'consentStated'
  | 'now'
> & {
  config: Pick<Config, 'webhooks' | 'validation' | 'console' | 'signIn'>;
  /** What companies own and ask for. */
  registry: RegistryServices;
};

/** Makes the services that routes are given. */
export function apiServices(options: ServiceOptions): ApiServices {
  const { config, store, logger, secrets, registry, push, telemetry, dissector, quarantine, stream, overview } = options;
  const { consentStated, now } = options;
  const { publicUrl } = config.validation;
  const webhooks = webhookServices(config, store.documents, secrets, now);
  const signIn = signInServices({ config, documents: store.documents, keys: registry.keys, logger, now });
  const consents = consentDesk(store, secrets, now, consentStated);
  const owned = { ...registry, ...signIn, webhooks, consents };
  const read = { telemetry, dissector, quarantine, stream, overview };
  return { now, ...owned, push, ...read, publicUrl, console: config.console };
}

/** Opens the API. Rejects with `listener_bind`. */
export async function startApi(
  options: ApiOptions,
): Promise<{ api: Api; firstKey: FirstKey | null; registry: RegistryServices }> {
  const { config, logger, version, store, ...parts } = options;
  const tryAccount = accountTrials(config, version, parts.now);
  const registry = registryServices({ config, registry: store, documents: store.documents, tryAccount, ...parts });
  const services = apiServices({ ...options, registry });
  const firstKey = options.makesFirstKey ? await firstKeyWhenPossible(services, config, logger) : null;
  const report = (err: unknown, name: string): void => {
    const away = AWAY.get(name);
    if (away !== undefined) logger.warn({ err }, `the API cannot reach ${away}`);
    else logger.error({ err, code: 'bug_invariant' }, 'the API failed to answer');
  };
  const { metrics } = options;
  const { host, port, certFile, keyFile, clientCaFile, requireClientCert } = config.api;
  const files = certFile === undefined || keyFile === undefined ? null : { certFile, keyFile, clientCaFile, requireClientCert };
  const api = await openApi({
    settings: { ...config.api, host, port, bounds: config.api },
    services,
    version,
    report,
    certificates: files === null ? null : certificatesOf('the API', files, { logger, metrics }),
    refused: (at, code) => metrics.count('http_refused_total', { port: at, code }),
  });
  logger.info({ host: config.api.host, port: api.port }, 'API open');
  return { api, firstKey, registry };
}

/** Makes the first key, at once or as soon as the registry is there: a gateway starts without it. */
async function firstKeyWhenPossible(services: ApiServices, config: Config, logger: Logger): Promise<FirstKey | null> {
  try {
    return await ensureFirstKey(services, config, logger);
  } catch (error) {
    if (findGatewayError(error)?.code !== 'store_unreachable') throw error;
    setTimeout(() => {
      void firstKeyWhenPossible(services, config, logger).catch((err: unknown) =>
        logger.error({ err }, 'there is no first key'),
      );
    }, FIRST_KEY_RETRY_MS).unref();
    return null;
  }
}

/** Most companies whose keys are looked for: an installation that has more is not a new one. */
const COMPANIES_LOOKED_AT = 500;

/** Makes a key that opens everything where there was never any. It goes to the terminal and to a file, and never to the log. */
async function ensureFirstKey({ companies, keys }: ApiServices, { dataDir }: Config, logger: Logger): Promise<FirstKey | null> {
  const known = await companies.list({ most: COMPANIES_LOOKED_AT });
  if (known.length === COMPANIES_LOOKED_AT || (await keys.areAny(['', ...known.map(({ id }) => id)]))) return null;
  const made = await keys.createFirst({ companyId: DEFAULT_COMPANY, name: 'first key', role: 'owner' });
  // Another gateway on the same registry was faster: it has the key in its own folder.
  if (made === null) return null;
  const { secret } = made;
  const file = join(dataDir, 'admin-key');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  // The mode above is only for a file that is new.
  chmodSync(file, 0o600);
  logger.info({ file }, 'made the first key of the API; it stands in this file');
  return { secret, file };
}

/** Puts the validation of trackers together. */
import { readFileSync } from 'node:fs';
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import type { Consent } from '#model/consent';
import type { SpoolSeq } from '#model/frame-record';
import { PROVIDERS, type ProviderName } from '#model/tracker';
import type { Config } from './config/schema.ts';
import { httpClient } from './http-client/client.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Account, Ask, Credentials, ValidationSettings } from './providers/adapter.ts';
import { ADAPTERS } from './providers/all.ts';
import { providerTable } from './providers/table.ts';
import type { PushEndpoints } from './push/endpoints.ts';
import { handedOutPath } from './push/handed-out.ts';
import type { SealedBox } from './secrets/sealed-box.ts';
import type { DocumentStore } from './store/document-store.ts';
import type { TrackerRegistry } from './store/tracker-store.ts';
import { RUNNER_RULES, ValidationRunner } from './validation/runner.ts';

/** How soon a validation that another process has started is noticed, at the latest, ms. */
const TICK_MS = 500;
/** Longest answer of a cloud that is read, bytes. */
const MAX_BODY_BYTES = 4 * 2 ** 20;

export interface ValidationOptions {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  version: string;
  registry: TrackerRegistry;
  documents: DocumentStore;
  /** What a company has registered as its account; `null` where it has none. */
  credentialsOf: (companyId: string, provider: ProviderName) => Promise<Credentials | null>;
  /** What the owner of a tracker has read on its dashboard last, km; `null` where nothing. */
  odometerOf: (companyId: string, oid: string) => Promise<number | null>;
  /** Where clouds push, and what their addresses are sealed with. */
  endpoints: PushEndpoints;
  secrets: SealedBox;
  now: Clock;
}

/** Validations being worked off, and how that is ended. */
export interface Validating {
  /** Looks for what is due without waiting for the next tick. */
  nudge(): void;
  /** A frame has told of consents, by which a tracker may be validated again once the book is committed. */
  heard(consents: readonly Consent[], seq: SpoolSeq): void;
  /** What the frames through a position have made of trackers is in the registry. */
  committed(through: SpoolSeq): void;
  stop(): Promise<void>;
}

/** Starts to work off validations. Throws `config_invalid` where a file that the configuration names is of no use. */
export function startValidating(options: ValidationOptions): Validating {
  const { logger } = options;
  const stopping = new AbortController();
  const runner = validationRunner(options, stopping.signal);
  let isTroubled = false;
  const tick = (): void => {
    runner.tick().then(
      () => (isTroubled = false),
      (error: unknown) => {
        if (!isTroubled) logger.error({ err: error }, 'the store refuses validations; will be tried again');
        isTroubled = true;
      },
    );
  };
  const timer = setInterval(tick, TICK_MS);
  /** The last frame that has told of a consent given; `null` where nothing is to be looked for. */
  let granted: SpoolSeq | null = null;
  const heard = (consents: readonly Consent[], seq: SpoolSeq): void => {
    if (consents.some(({ kind }) => kind === 'granted')) granted = seq;
  };
  const committed = (through: SpoolSeq): void => {
    if (granted === null || through < granted) return;
    granted = null;
    runner.sweepSoon();
  };
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    stopping.abort();
    await runner.idle();
  };
  return { nudge: tick, heard, committed, stop };
}

/** Makes the runner; the signal ends requests under way. */
export function validationRunner(options: ValidationOptions, signal: AbortSignal): ValidationRunner {
  const { config, logger, metrics, version, registry, documents, credentialsOf, odometerOf, endpoints, secrets, now } = options;
  const connections = connectionsTo(config, version, signal);
  const { giveUpMs, claimMs: leaseMs, watchMs, publicUrl } = config.validation;
  return new ValidationRunner({
    registry,
    documents,
    providers: providerTable(config.providers),
    adapters: ADAPTERS,
    settingsOf: (provider) => settingsOf(provider, config),
    connect: (provider) => connections.get(provider) as (account: Account) => Ask,
    credentialsOf,
    odometerOf,
    callbackUrl: async (provider, companyId) => {
      return publicUrl === undefined
        ? null
        : publicUrl.replace(/\/+$/, '') + (await handedOutPath({ documents, endpoints, secrets }, companyId, provider));
    },
    clock: now,
    random: Math.random,
    rules: { ...RUNNER_RULES, leaseMs, giveUpMs, watchMs },
    onStep: (provider, outcome) => {
      metrics.count('validation_steps_total', { provider, outcome });
    },
    onTrouble: (error, oid) => {
      logger.error({ err: error, oid }, 'a step of a validation failed; will be tried again');
    },
  });
}

/**
 * Gives a way to try accounts before they are relied on. Fails with `provider_unreachable` where nobody could be asked, and throws
 * `config_invalid` where a file that the configuration names is of no use.
 */
export function accountTrials(config: Config, version: string, now: Clock) {
  const connections = connectionsTo(config, version, new AbortController().signal);
  return async (provider: ProviderName, credentials: Credentials): Promise<{ ok: true } | { ok: false; reason: string }> => {
    const connect = connections.get(provider) as (account: Account) => Ask;
    const context = { credentials, settings: settingsOf(provider, config), connect, at: now() };
    const trial = await ADAPTERS[provider].tryAccount?.(context);
    if (trial === undefined) return { ok: false, reason: `${provider} has no accounts` };
    if (trial.ok === null) throw new GatewayError('provider_unreachable', `the account cannot be tried: ${trial.reason}`);
    return trial;
  };
}

function connectionsTo(config: Config, version: string, signal: AbortSignal): Map<ProviderName, (account: Account) => Ask> {
  return new Map(PROVIDERS.map((provider) => [provider, connectionTo(provider, config, version, signal)]));
}

/** What the configuration may say of the cloud of any provider. */
interface CloudConfig {
  url?: string | undefined;
  tokenUrl?: string;
  allowedHosts?: string[];
  services?: string[];
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
  timeoutMs: number;
  pollMs: number;
}

/** For providers that are not asked; nothing of it is used. */
const NO_CLOUD: CloudConfig = { timeoutMs: 1_000, pollMs: 60_000 };

function cloudOf(provider: ProviderName, { providers }: Config): CloudConfig {
  const section = providers[provider];
  return 'api' in section ? section.api : NO_CLOUD;
}

function settingsOf(provider: ProviderName, config: Config): ValidationSettings {
  const { url = null, tokenUrl = null, allowedHosts = [], services = [], pollMs } = cloudOf(provider, config);
  const { odometerToleranceKm, odometerMaxAgeMs } = config.validation;
  return { url, tokenUrl, allowedHosts, services, pollMs, odometerToleranceKm, odometerMaxAgeMs };
}

function connectionTo(provider: ProviderName, config: Config, version: string, signal: AbortSignal): (account: Account) => Ask {
  const { caFile, certFile, keyFile, timeoutMs } = cloudOf(provider, config);
  const own =
    certFile === undefined || keyFile === undefined
      ? {}
      : { certificate: { certificate: read(provider, certFile), privateKey: read(provider, keyFile) } };
  return httpClient({
    timeoutMs,
    maxBodyBytes: MAX_BODY_BYTES,
    userAgent: `odograph/${version}`,
    signal,
    ...own,
    ...(caFile === undefined ? {} : { ca: read(provider, caFile) }),
  });
}

function read(provider: ProviderName, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('config_invalid', `a file of providers.${provider}.api is of no use: ${why}`, { cause: error });
  }
}

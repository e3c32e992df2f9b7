import { randomBytes } from 'node:crypto';
import { CODECS } from '#protocols/all';
import type { ProviderName, Tracker, ValidationStatus } from '#model/tracker';
import { validationRunner } from '../../src/app-validation.ts';
import { loadConfig, type FlagSetting } from '../../src/config/load.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import type { Credentials } from '../../src/providers/adapter.ts';
import { providerTable } from '../../src/providers/table.ts';
import { PushEndpoints } from '../../src/push/endpoints.ts';
import { SealedBox } from '../../src/secrets/sealed-box.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/store.ts';
import { VALIDATIONS } from '../../src/validation/document.ts';
import type { ValidationRunner } from '../../src/validation/runner.ts';
import { startValidation, type ValidationServices } from '../../src/validation/start.ts';
import { newEvidence } from '../../src/lifecycle/evidence.ts';
import { noChanges } from '../../src/store/samples.ts';

export const VIN = 'WF0AXXWPMAJB43745';
export const IMEI = '352093081452251';

/** A registration at each provider, as small as it can be. */
const REGISTRATIONS: Readonly<Record<ProviderName, { trackerId: string; type: string }>> = {
  'mercedes-benz': { trackerId: VIN, type: 'oem' },
  bmw: { trackerId: VIN, type: 'oem' },
  targa: { trackerId: IMEI, type: 'canbus' },
  astrata: { trackerId: IMEI, type: 'obd' },
  cartrack: { trackerId: VIN, type: 'canbus' },
  silence: { trackerId: IMEI, type: 'oem' },
  stellantis: { trackerId: VIN, type: 'oem' },
  html5: { trackerId: 'my scooter', type: 'oem' },
};

/** Steps after which a validation that has come to no end never will. */
const MOST_STEPS = 200;

/** Validations on a registry in memory, with a clock of its own: real adapters, real HTTP, real documents. */
export class ValidationBench {
  readonly store: SqliteStore = openSqliteStore(':memory:');
  readonly metrics = new Metrics('0');
  readonly runner: ValidationRunner;
  /** Accounts of companies, by provider. */
  readonly credentials = new Map<ProviderName, Credentials>();
  /** What owners have read, by oid of the tracker, km. */
  readonly odometers = new Map<string, number>();
  now = Date.UTC(2026, 0, 5, 8);
  readonly #secrets = new SealedBox([randomBytes(32)]);
  readonly #stopping = new AbortController();

  constructor(settings: Record<string, unknown> = {}) {
    this.runner = this.anotherRunner(settings);
  }

  /** A runner over the same registry, as another gateway has it. */
  anotherRunner(settings: Record<string, unknown> = {}): ValidationRunner {
    const flags = flagsOf(settings);
    const { config } = loadConfig({ flags, environment: {}, known: { protocols: [...CODECS.keys()] } });
    const { store, metrics, credentials } = this;
    return validationRunner(
      {
        config,
        logger: createLogger({ level: 'silent', format: 'json' }),
        metrics,
        version: '0',
        registry: store,
        documents: store.documents,
        credentialsOf: (_company, provider) => Promise.resolve(credentials.get(provider) ?? null),
        odometerOf: (_company, oid) => Promise.resolve(this.odometers.get(oid) ?? null),
        endpoints: new PushEndpoints(store.documents, this.#secrets, () => this.now),
        secrets: this.#secrets,
        now: () => this.now,
      },
      this.#stopping.signal,
    );
  }

  get services(): ValidationServices {
    return { registry: this.store, documents: this.store.documents, clock: () => this.now };
  }

  async register(provider: ProviderName, trackerId = REGISTRATIONS[provider].trackerId, objectId = {}): Promise<string> {
    const request = { ...REGISTRATIONS[provider], provider, trackerId, objectId };
    const clock = () => this.now;
    return (await registerTracker(this.store, providerTable(), request, clock, 'acme', 'later')).tracker.oid;
  }

  /** Registers a tracker and starts its validation. */
  async begin(provider: ProviderName, odoKm: number | null = null): Promise<string> {
    const oid = await this.register(provider);
    await this.validate(oid, odoKm);
    return oid;
  }

  validate(oid: string, odoKm: number | null = null): Promise<Tracker> {
    this.now++;
    return startValidation(this.services, oid, { odoKm, by: 'the owner asked for it' });
  }

  /** Takes the steps that are due, without letting time pass. */
  async step(runner = this.runner): Promise<void> {
    await runner.tick();
    await runner.idle();
  }

  /** Lets time pass from step to step until the tracker is somewhere else than in its validation. */
  async finish(oid: string): Promise<Tracker> {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      await this.step();
      const tracker = this.tracker(oid);
      if (tracker.status !== 'pending_validation') return tracker;
      this.now = Math.max(this.now, this.store.documents.document(VALIDATIONS, oid)?.dueAt ?? this.now);
    }
    throw new Error(`${oid} is still being validated`);
  }

  tracker(oid: string): Tracker {
    const tracker = this.store.trackerByOid(oid);
    if (tracker === null) throw new Error(`there is no tracker ${oid}`);
    return tracker;
  }

  /** Status and cause of the last change. */
  last(oid: string): [to: ValidationStatus, cause: string] {
    const transition = this.store.transitionsOf(oid).at(-1);
    if (transition === undefined) throw new Error(`${oid} has no history`);
    return [transition.to, transition.cause];
  }

  /** The odometer comes from the vehicle, as the book would note it. */
  async hearOdometer(oid: string, km: number, observedAt = this.now): Promise<void> {
    const { validatedAt } = this.tracker(oid);
    const evidence = { ...newEvidence(validatedAt), odometer: { km, observedAt, receivedAt: this.now } };
    const ifRevision = this.store.statesOf([oid])[0]?.evidenceRevision ?? 0;
    await this.store.commit({ ...noChanges(), evidence: [{ oid, evidence, ifRevision }] });
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.runner.idle();
    this.store.close();
  }
}

/** Settings as flags give them, one a leaf. */
export function flagsOf(settings: Record<string, unknown>, under = ''): FlagSetting[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const path = under === '' ? key : `${under}.${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return flagsOf(value as Record<string, unknown>, path);
    return [{ path, text: typeof value === 'string' ? value : JSON.stringify(value), flag: '--set' }];
  });
}

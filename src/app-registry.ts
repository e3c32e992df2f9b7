/** Puts together what companies own and ask for, as the API, the command line and the gateway itself use it. */
import type { Clock } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import type { Config } from './config/schema.ts';
import { PageLinks } from './html5/links.ts';
import { evidenceRules } from './lifecycle/rules.ts';
import { ADAPTERS } from './providers/all.ts';
import { providerTable } from './providers/table.ts';
import { PushEndpoints } from './push/endpoints.ts';
import { ApiKeys } from './registry/api-keys.ts';
import { Assets } from './registry/assets.ts';
import { Companies } from './registry/companies.ts';
import { Credentials, type TryAccount } from './registry/credentials.ts';
import { Directory } from './registry/directory.ts';
import { Groups } from './registry/groups.ts';
import { Idempotency } from './registry/idempotency.ts';
import { Odometers } from './registry/odometers.ts';
import { Papers } from './registry/papers.ts';
import { providerRules, type ProviderRules } from './registry/provider-rules.ts';
import { CompanyTrackers, type StartValidation } from './registry/trackers.ts';
import type { SealedBox } from './secrets/sealed-box.ts';
import type { DocumentStore } from './store/document-store.ts';
import type { Witness } from './store/explain.ts';
import type { TrackerRegistry } from './store/tracker-store.ts';
import type { ReportedAnswer } from './validation/answers.ts';
import { validationOf } from './validation/document.ts';
import { releaseSoon, reportAnswer, startValidation } from './validation/start.ts';

export interface RegistryParts {
  config: Pick<Config, 'api' | 'providers' | 'lifecycle'>;
  registry: TrackerRegistry;
  documents: DocumentStore;
  /** Seals credentials and uploaded files. */
  secrets: SealedBox;
  /** Has seen the connections. */
  witness: Witness;
  tryAccount: TryAccount;
  /** Called when a validation was started, or its tracker was disconnected: there is something to work off at once. */
  started: () => void;
  now: Clock;
}

export interface RegistryServices {
  providers: readonly ProviderRules[];
  companies: Companies;
  keys: ApiKeys;
  trackers: CompanyTrackers;
  reportAnswer: (oid: string, answer: ReportedAnswer, reason: string) => Promise<Tracker>;
  assets: Assets;
  papers: Papers;
  groups: Groups;
  credentials: Credentials;
  odometers: Odometers;
  idempotency: Idempotency;
  pageLinks: PageLinks;
}

/** Makes the services. */
export function registryServices(parts: RegistryParts): RegistryServices {
  const { config, registry, documents, secrets, witness, now } = parts;
  const providers = providerTable(config.providers);
  const companies = new Companies(documents, now);
  const groups = new Groups(documents, now);
  const papers = new Papers({ documents, box: secrets, mostBytes: config.api.uploadBytes, now });
  const credentials = new Credentials({
    documents,
    box: secrets,
    fieldsOf: (provider) => ADAPTERS[provider].credentialFields,
    tryAccount: parts.tryAccount,
    now,
  });
  const odometers = new Odometers(documents, now);
  const endpoints = new PushEndpoints(documents, secrets, now);
  const pageLinks = new PageLinks({ documents, endpoints, trackerByOid: async (oid) => registry.trackerByOid(oid), now });
  const start: StartValidation = async (of, oid, wish) => {
    const tracker = await startValidation({ registry: of, documents, clock: now }, oid, wish);
    parts.started();
    return tracker;
  };
  const trackers = new CompanyTrackers({
    registry,
    providers,
    rules: evidenceRules(config.lifecycle),
    witness,
    companies,
    groups,
    papers,
    odometers,
    endPages: (companyId, oid) => pageLinks.endAll(companyId, oid),
    startValidation: start,
    ended: async (oid) => {
      // The tracker is disconnected, whatever becomes of this; the runner finds it with its next look.
      await releaseSoon({ documents, clock: now }, oid).catch(() => undefined);
      parts.started();
    },
    validationOf: (oid) => validationOf(documents, oid),
    directory: new Directory(registry, now),
    now,
  });
  return {
    providers: providerRules(providers),
    companies,
    keys: new ApiKeys(documents, now),
    trackers,
    reportAnswer: (oid, answer, reason) => reportAnswer({ registry, documents, clock: now }, oid, answer, reason),
    assets: new Assets(trackers, credentials, providers),
    papers,
    groups,
    credentials,
    odometers,
    idempotency: new Idempotency(documents, now),
    pageLinks,
  };
}

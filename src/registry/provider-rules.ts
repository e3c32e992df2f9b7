/** What each provider asks of a registration, as forms are made of it: the table as it is configured, and what its adapter needs. */
import { PROVIDERS, type ProviderName } from '#model/tracker';
import { ADAPTERS } from '../providers/all.ts';
import type { CredentialFields } from '../providers/adapter.ts';
import type { ProviderFacts, ProviderTable } from '../providers/table.ts';

export { ID_KINDS, PROVIDER_FAMILIES } from '../providers/table.ts';

export interface ProviderRules extends ProviderFacts {
  name: ProviderName;
  /** What an account consists of; `null` where there is none. */
  credentials: CredentialFields | null;
  /** The odometer must be given before it can be validated. */
  odometer: boolean;
}

export function providerRules(table: ProviderTable): ProviderRules[] {
  return PROVIDERS.map((name) => {
    const adapter = ADAPTERS[name];
    const odometer = (adapter.missing?.({ odoKm: null }) ?? null) !== null;
    return { name, ...table[name], credentials: adapter.credentialFields, odometer };
  });
}

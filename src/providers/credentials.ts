import { PROVIDERS, type ProviderName } from '#model/tracker';
import type { CredentialFields } from './adapter.ts';
import { ADAPTERS } from './all.ts';

/** What an account consists of, for each provider that has accounts. */
export const CREDENTIAL_FIELDS: Readonly<Partial<Record<ProviderName, CredentialFields>>> = Object.fromEntries(
  PROVIDERS.flatMap((provider) => {
    const { credentialFields } = ADAPTERS[provider];
    return credentialFields === null ? [] : [[provider, credentialFields] as const];
  }),
);

import { Option, type Command } from 'commander';
import { DEFAULT_COMPANY } from '#model/tracker';
import { ApiKeys } from '../../../registry/api-keys.ts';
import { Companies } from '../../../registry/companies.ts';
import type { DocumentStore } from '../../../store/document-store.ts';
import { say, sayJson, type Io } from '../../console-io.ts';
import type { MadeApiKey } from '../../../registry/api-keys.ts';

/** Whose keys a command is about. */
export interface HolderOptions {
  company: string;
  operator?: boolean;
}

/** Gives a command the options that say whose keys it is about. */
export function withHolderOptions(command: Command): Command {
  return command
    .addOption(new Option('--company <ID>', 'company they belong to').default(DEFAULT_COMPANY))
    .addOption(new Option('--operator', 'keys of who runs the gateway, which belong to no company').conflicts('company'));
}

/** The keys, and the holder that is meant. Fails with `company_unknown`. */
export async function keysOf(
  documents: DocumentStore,
  { company, operator }: HolderOptions,
): Promise<{ keys: ApiKeys; companyId: string }> {
  const companyId = operator === true ? '' : (await new Companies(documents, Date.now).get(company)).id;
  return { keys: new ApiKeys(documents, Date.now), companyId };
}

/** Shows a new key, this once. */
export function sayMadeKey(io: Io, { key, secret }: MadeApiKey, json: boolean): void {
  if (json) {
    sayJson(io, { key, secret });
    return;
  }
  say(io, secret);
}

import { Command, Option } from 'commander';
import { DEFAULT_COMPANY, PROVIDERS, VALIDATION_STATUSES, type ProviderName, type ValidationStatus } from '#model/tracker';
import { webhookServices, type WebhookServices } from '../../../app-webhooks.ts';
import { openSealedBox } from '../../../secrets/key-file.ts';
import { EVENT_TYPES, type Endpoint, type EndpointFields, type EventType } from '../../../webhooks/endpoint.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, sayTable, type Io } from '../../console-io.ts';
import { utc, withRegistry } from '../../registry.ts';

/** Options that every command on webhooks has. */
export interface CommonOptions {
  company: string;
  json?: boolean;
}

/** Makes a command on webhooks, with the options they all have. */
export function webhookCommand(name: string, description: string): Command {
  return withConfigOptions(new Command(name))
    .description(description)
    .option('--company <ID>', 'company whose webhooks they are', DEFAULT_COMPANY)
    .option('--json', 'one JSON document');
}

/** Opens the registry for one command on webhooks. */
export async function withWebhooks<Result>(
  command: Command,
  io: Io,
  protocols: readonly string[],
  use: (services: WebhookServices) => Promise<Result>,
): Promise<Result> {
  const { config } = configOf(command, io, protocols);
  const secrets = openSealedBox({ dataDir: config.dataDir, keyFile: config.secrets.keyFile });
  return withRegistry(config, (store) => use(webhookServices(config, store.documents, secrets, Date.now)));
}

/** Options that say which events are sent. */
export interface EventOptions {
  description?: string;
  event?: EventType[];
  status?: ValidationStatus[];
  provider?: ProviderName[];
}

/** Adds the options that say what a webhook is. */
export function withEventOptions(command: Command): Command {
  const types = new Option('--event <TYPE...>', 'only these types of event').choices(Object.keys(EVENT_TYPES));
  const statuses = new Option('-s, --status <STATUS...>', 'only changes to these statuses').choices(VALIDATION_STATUSES);
  const providers = new Option('-p, --provider <NAME...>', 'only trackers of these providers').choices(PROVIDERS);
  return command.option('--description <TEXT>', 'for people').addOption(types).addOption(statuses).addOption(providers);
}

/** What the options say of a webhook. */
export function fieldsOf({ description, event, status, provider }: EventOptions): EndpointFields {
  return {
    ...(description === undefined ? {} : { description }),
    filter: {
      ...(event === undefined ? {} : { types: event }),
      ...(status === undefined ? {} : { statuses: status }),
      ...(provider === undefined ? {} : { providers: provider }),
    },
  };
}

/** Writes a webhook out, for people or programs. */
export function sayEndpoint(io: Io, endpoint: Endpoint, json: boolean | undefined): void {
  if (json === true) sayJson(io, endpoint);
  else {
    const { types, statuses, providers } = endpoint.filter;
    const facts: (readonly [string, string])[] = [
      ['id', endpoint.id],
      ['company', endpoint.companyId],
      ['url', endpoint.url],
      ['description', endpoint.description],
      ['events', types.join(', ') || 'all'],
      ['statuses', statuses.join(', ') || 'all'],
      ['providers', providers.join(', ') || 'all'],
      ['created', utc(endpoint.createdAt)],
      ['old secret until', utc(endpoint.oldSecretUntil)],
      ['disabled', endpoint.disabled === null ? 'no' : `since ${utc(endpoint.disabled.at)}: ${endpoint.disabled.reason}`],
    ];
    sayTable(
      io,
      ['what', 'value'],
      facts.filter(([, value]) => value !== ''),
    );
  }
}

/** Writes a secret out, which nobody can do again. */
export function saySecret(
  io: Io,
  { endpoint, secret }: { endpoint: Endpoint; secret: string },
  json: boolean | undefined,
): void {
  if (json === true) {
    sayJson(io, { endpoint, secret });
    return;
  }
  sayEndpoint(io, endpoint, false);
  say(io, `\nsecret, shown this once: ${secret}`);
}

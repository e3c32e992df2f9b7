import type { Command } from 'commander';
import type { Io } from '../../console-io.ts';
import {
  fieldsOf,
  sayEndpoint,
  webhookCommand,
  withEventOptions,
  withWebhooks,
  type CommonOptions,
  type EventOptions,
} from './access.ts';

/** `odograph webhooks update`: changes what is given. */
export function updateCommand(io: Io, protocols: readonly string[]): Command {
  const command = withEventOptions(webhookCommand('update', 'change what is given of a webhook'))
    .argument('<webhook>', 'its id')
    .option('--url <URL>', 'address that events are posted to');
  return command.action(async (id: string, options: CommonOptions & EventOptions & { url?: string }) => {
    const { company, url, json } = options;
    const fields = { ...fieldsOf(options), ...(url === undefined ? {} : { url }) };
    sayEndpoint(io, await withWebhooks(command, io, protocols, ({ desk }) => desk.update(company, id, fields)), json);
  });
}

import type { Command } from 'commander';
import { say, sayJson, type Io } from '../../console-io.ts';
import { webhookCommand, withWebhooks, type CommonOptions } from './access.ts';

/** `odograph webhooks delete`: removes a webhook with all its deliveries. */
export function deleteCommand(io: Io, protocols: readonly string[]): Command {
  const command = webhookCommand('delete', 'delete a webhook with all its deliveries').argument('<webhook>', 'its id');
  return command.action(async (id: string, { company, json }: CommonOptions) => {
    const deleted = await withWebhooks(command, io, protocols, ({ desk }) => desk.remove(company, id));
    if (json === true) sayJson(io, deleted);
    else say(io, `deleted ${deleted.id} (${deleted.url})`);
  });
}

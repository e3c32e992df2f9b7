import type { Command } from 'commander';
import type { Io } from '../../console-io.ts';
import { sayEndpoint, webhookCommand, withWebhooks, type CommonOptions } from './access.ts';

/** `odograph webhooks show`: all that is kept of a webhook, but for its secret. */
export function showCommand(io: Io, protocols: readonly string[]): Command {
  const command = webhookCommand('show', 'show a webhook').argument('<webhook>', 'its id');
  return command.action(async (id: string, { company, json }: CommonOptions) => {
    sayEndpoint(io, await withWebhooks(command, io, protocols, ({ desk }) => desk.get(company, id)), json);
  });
}

import type { Command } from 'commander';
import type { Io } from '../../console-io.ts';
import { sayEndpoint, webhookCommand, withWebhooks, type CommonOptions } from './access.ts';

/** `odograph webhooks enable`: lets a webhook get what happens from now on. */
export function enableCommand(io: Io, protocols: readonly string[]): Command {
  const command = webhookCommand('enable', 'send a webhook what happens from now on; replay sends what it missed');
  command.argument('<webhook>', 'its id');
  return command.action(async (id: string, { company, json }: CommonOptions) => {
    sayEndpoint(io, await withWebhooks(command, io, protocols, ({ desk }) => desk.enable(company, id)), json);
  });
}

import type { Command } from 'commander';
import type { Io } from '../../console-io.ts';
import { sayEndpoint, webhookCommand, withWebhooks, type CommonOptions } from './access.ts';

/** `odograph webhooks disable`: sends a webhook nothing more. */
export function disableCommand(io: Io, protocols: readonly string[]): Command {
  const command = webhookCommand('disable', 'send a webhook nothing more; what waits for it has failed')
    .argument('<webhook>', 'its id')
    .option('--reason <TEXT>', 'why', 'disabled by the operator');
  return command.action(async (id: string, { company, reason, json }: CommonOptions & { reason: string }) => {
    sayEndpoint(io, await withWebhooks(command, io, protocols, ({ desk }) => desk.disable(company, id, reason)), json);
  });
}

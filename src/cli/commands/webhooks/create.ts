import type { Command } from 'commander';
import type { Io } from '../../console-io.ts';
import {
  fieldsOf,
  saySecret,
  webhookCommand,
  withEventOptions,
  withWebhooks,
  type CommonOptions,
  type EventOptions,
} from './access.ts';

/** `odograph webhooks create`: makes a webhook, and shows its secret this once. */
export function createCommand(io: Io, protocols: readonly string[]): Command {
  const command = withEventOptions(webhookCommand('create', 'make a webhook; its secret is shown this once'));
  command.argument('<url>', 'address that events are posted to');
  return command.action(async (url: string, options: CommonOptions & EventOptions) => {
    const made = await withWebhooks(command, io, protocols, ({ desk }) =>
      desk.create(options.company, { ...fieldsOf(options), url }),
    );
    saySecret(io, made, options.json);
  });
}

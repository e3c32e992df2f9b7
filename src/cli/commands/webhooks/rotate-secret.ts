import type { Command } from 'commander';
import type { Io } from '../../console-io.ts';
import { durationBetween } from '../../duration-option.ts';
import { saySecret, webhookCommand, withWebhooks, type CommonOptions } from './access.ts';

/** `odograph webhooks rotate-secret`: gives a webhook a new secret; for a while both sign. */
export function rotateSecretCommand(io: Io, protocols: readonly string[]): Command {
  const command = webhookCommand('rotate-secret', 'give a webhook a new secret, shown this once')
    .argument('<webhook>', 'its id')
    .option(
      '--overlap <TIME>',
      'how long the old one signs as well; as configured if left out',
      durationBetween(0, 90 * 86_400_000),
    );
  return command.action(async (id: string, { company, overlap, json }: CommonOptions & { overlap?: number }) => {
    const rotated = await withWebhooks(command, io, protocols, ({ desk }) => desk.rotateSecret(company, id, overlap));
    saySecret(io, rotated, json);
  });
}

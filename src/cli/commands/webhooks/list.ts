import type { Command } from 'commander';
import { sayJson, sayTable, type Io } from '../../console-io.ts';
import { webhookCommand, withWebhooks, type CommonOptions } from './access.ts';

/** `odograph webhooks list`: the webhooks of a company. */
export function listCommand(io: Io, protocols: readonly string[]): Command {
  const command = webhookCommand('list', 'list the webhooks of a company');
  return command.action(async ({ company, json }: CommonOptions) => {
    const found = await withWebhooks(command, io, protocols, ({ desk }) => desk.list(company));
    if (json === true) {
      sayJson(io, found);
      return;
    }
    const rows = found.map(({ id, url, description, disabled }) => [id, url, description, disabled?.reason ?? 'no']);
    sayTable(io, ['id', 'url', 'description', 'disabled'], rows);
  });
}

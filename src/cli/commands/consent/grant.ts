import type { Command } from 'commander';
import type { Io } from '../../console-io.ts';
import { consentsCommand, sayWithdrawal, withDesk, type CommonOptions } from './access.ts';

/** `odograph consent grant`: what comes from now on may be kept again. */
export function grantCommand(io: Io, protocols: readonly string[]): Command {
  const command = consentsCommand('grant', 'state that the right is there again: what comes from now on is kept').argument(
    '<id>',
    'id of the withdrawal that ends',
  );
  return command.action(async (id: string, { company, json }: CommonOptions) => {
    sayWithdrawal(io, await withDesk(command, io, protocols, (desk) => desk.grant(company, id)), json);
  });
}

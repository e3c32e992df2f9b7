import type { Command } from 'commander';
import type { Io } from '../../console-io.ts';
import { consentsCommand, sayWithdrawal, withDesk, type CommonOptions } from './access.ts';

/** `odograph consent show`: the proof of what has followed a withdrawal. */
export function showCommand(io: Io, protocols: readonly string[]): Command {
  const command = consentsCommand('show', 'show a withdrawal with the proof of what has followed').argument('<id>', 'its id');
  return command.action(async (id: string, { company, json }: CommonOptions) => {
    sayWithdrawal(io, await withDesk(command, io, protocols, (desk) => desk.get(company, id)), json);
  });
}

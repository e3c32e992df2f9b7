import { Command } from 'commander';
import type { Io } from '../console-io.ts';
import { cancelCommand, clearanceCommand, deleteCommand, updateCommand, validateCommand } from './trackers/change.ts';
import { linkCommand, unlinkCommand } from './trackers/link.ts';
import { listCommand } from './trackers/list.ts';
import { registerCommand } from './trackers/register.ts';
import { showCommand } from './trackers/show.ts';
import { silentCommand } from './trackers/silent.ts';
import { whyCommand } from './trackers/why.ts';

/** `odograph trackers`: the registry, also while the gateway runs. */
export function trackersCommand(io: Io, protocols: readonly string[]): Command {
  const command = new Command('trackers').description('register trackers and see how they are');
  const looking = [listCommand, showCommand, whyCommand, silentCommand];
  const changing = [validateCommand, updateCommand, cancelCommand, deleteCommand, clearanceCommand];
  const paging = [linkCommand, unlinkCommand];
  for (const make of [registerCommand, ...looking, ...changing, ...paging]) command.addCommand(make(io, protocols));
  return command;
}

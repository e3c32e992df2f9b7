import { Command } from 'commander';
import type { Io } from '../console-io.ts';
import { listCommand } from './trackers/list.ts';
import { registerCommand } from './trackers/register.ts';
import { showCommand } from './trackers/show.ts';
import { silentCommand } from './trackers/silent.ts';
import { whyCommand } from './trackers/why.ts';

/** `odograph trackers`: the registry, also while the gateway runs. */
export function trackersCommand(io: Io, protocols: readonly string[]): Command {
  const command = new Command('trackers').description('register trackers and see how they are');
  for (const make of [registerCommand, listCommand, showCommand, whyCommand, silentCommand])
    command.addCommand(make(io, protocols));
  return command;
}

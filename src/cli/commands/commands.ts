import { Command } from 'commander';
import type { CodecRegistry } from '#protocols/registry';
import type { Io } from '../console-io.ts';
import { listCommand } from './commands/list.ts';
import { sendCommand } from './commands/send.ts';
import { showCommand } from './commands/show.ts';

/** `odograph commands`: requests to devices and what they answered, also while the gateway runs. */
export function commandsCommand(io: Io, codecs: CodecRegistry): Command {
  const command = new Command('commands').description('send commands to devices and see what they answer');
  for (const make of [sendCommand, listCommand, showCommand]) command.addCommand(make(io, codecs));
  return command;
}

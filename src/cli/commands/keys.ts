import { Command } from 'commander';
import type { Io } from '../console-io.ts';
import { createCommand } from './keys/create.ts';
import { listCommand } from './keys/list.ts';
import { revokeCommand } from './keys/revoke.ts';
import { rotateCommand } from './keys/rotate.ts';

/** `odograph keys`: API keys, also while the gateway runs, and without a key. */
export function keysCommand(io: Io, protocols: readonly string[]): Command {
  const command = new Command('keys').description('make, list, rotate and revoke API keys');
  for (const make of [createCommand, listCommand, rotateCommand, revokeCommand]) command.addCommand(make(io, protocols));
  return command;
}

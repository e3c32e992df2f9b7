import { Command } from 'commander';
import type { CodecRegistry } from '#protocols/registry';
import type { Io } from '../console-io.ts';
import { exportCommand } from './quarantine/export.ts';
import { listCommand } from './quarantine/list.ts';
import { retryCommand } from './quarantine/retry.ts';
import { showCommand } from './quarantine/show.ts';

/** `odograph quarantine`: frames that were refused and kept; beside a running gateway or without one. */
export function quarantineCommand(io: Io, codecs: CodecRegistry): Command {
  const command = new Command('quarantine').description('look at frames that were refused and kept, and try them again');
  for (const make of [listCommand, showCommand, retryCommand, exportCommand]) command.addCommand(make(io, codecs));
  return command;
}

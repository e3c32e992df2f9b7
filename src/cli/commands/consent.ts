import { Command } from 'commander';
import type { CodecRegistry } from '#protocols/registry';
import type { Io } from '../console-io.ts';
import { grantCommand } from './consent/grant.ts';
import { listCommand } from './consent/list.ts';
import { purgeCaptureCommand } from './consent/purge-capture.ts';
import { showCommand } from './consent/show.ts';
import { withdrawCommand } from './consent/withdraw.ts';

/** `odograph consent`: rights to data that have ended; also while the gateway runs, which does the purging. */
export function consentCommand(io: Io, codecs: CodecRegistry): Command {
  const protocols = [...codecs.keys()];
  const command = new Command('consent').description('end the right to the data of a vehicle, and prove what has followed');
  for (const make of [withdrawCommand, grantCommand, listCommand, showCommand]) command.addCommand(make(io, protocols));
  return command.addCommand(purgeCaptureCommand(io, codecs));
}

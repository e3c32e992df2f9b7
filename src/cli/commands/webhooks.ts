import { Command } from 'commander';
import type { Io } from '../console-io.ts';
import { createCommand } from './webhooks/create.ts';
import { deleteCommand } from './webhooks/delete.ts';
import { deliveriesCommand } from './webhooks/deliveries.ts';
import { disableCommand } from './webhooks/disable.ts';
import { enableCommand } from './webhooks/enable.ts';
import { listCommand } from './webhooks/list.ts';
import { pingCommand } from './webhooks/ping.ts';
import { replayCommand } from './webhooks/replay.ts';
import { rotateSecretCommand } from './webhooks/rotate-secret.ts';
import { showCommand } from './webhooks/show.ts';
import { updateCommand } from './webhooks/update.ts';

const COMMANDS = [
  createCommand,
  listCommand,
  showCommand,
  updateCommand,
  deleteCommand,
  rotateSecretCommand,
  enableCommand,
  disableCommand,
  deliveriesCommand,
  replayCommand,
  pingCommand,
];

/** `odograph webhooks`: where companies are told what happens to their trackers; also while the gateway runs, which does the sending. */
export function webhooksCommand(io: Io, protocols: readonly string[]): Command {
  const command = new Command('webhooks').description('tell companies on their own servers what happens to their trackers');
  for (const make of COMMANDS) command.addCommand(make(io, protocols));
  return command;
}

import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import type { Config } from '../../config/schema.ts';
import type { GatewayStatus } from '../../observe/status.ts';
import { joinedStatus } from '../../processes/joined-status.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { say, sayJson, type Io } from '../console-io.ts';
import { durationBetween } from '../duration-option.ts';
import { CommandFailure } from '../exit-codes.ts';
import { askAll } from '../gateway-access.ts';
import { topScreen } from '../top-screen.ts';

interface Options {
  every: number;
  once?: boolean;
  json?: boolean;
}

/** Moves to the upper left corner and clears what is below: no more than any terminal over ssh can do. */
const REDRAW = '\u001B[H\u001B[J';

/** `odograph top`: listeners, rates, ack delay, spool and sink of the running gateway, until it is interrupted. */
export function topCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('top'))
    .description('show the running gateway: listeners, rates, ack delay, spool, sink')
    .option('--every <TIME>', 'how often it is drawn again', durationBetween(1_000, 3_600_000), 2_000)
    .option('--once', 'one picture, over the time of --every')
    .option('--json', 'one JSON document a picture, as the gateway gives it');
  return command.action(async ({ every, once, json }: Options) => {
    const { config } = configOf(command, io, protocols);
    let before = await statusAt(config);
    for (;;) {
      await pause(every);
      const after = await statusAt(config);
      // A gateway that was started again counts from the beginning.
      if (after.startedAt !== before.startedAt) before = { ...after, ledger: [], ackDelay: [], at: after.startedAt };
      if (json === true) sayJson(io, after);
      else say(io, (io.out.isTTY === true && once !== true ? REDRAW : '') + topScreen(before, after));
      if (once === true) return;
      before = after;
    }
  });
}

async function statusAt(config: Config): Promise<GatewayStatus> {
  const [first, ...others] = await askAll<GatewayStatus>(config, 'status', {});
  if (first !== undefined) return joinedStatus([first, ...others]);
  throw new CommandFailure('unavailable', `no gateway answers that works on ${config.dataDir}`);
}

import type { Command } from 'commander';
import { say, sayJson, type Io } from '../../console-io.ts';
import { durationBetween } from '../../duration-option.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { webhookCommand, withWebhooks, type CommonOptions } from './access.ts';

interface Options extends CommonOptions {
  failedFor?: number;
}

/** `odograph webhooks replay`: sends one delivery once more, or all that failed. */
export function replayCommand(io: Io, protocols: readonly string[]): Command {
  const command = webhookCommand('replay', 'send a delivery once more, or all that failed')
    .argument('<webhook>', 'its id')
    .argument('[delivery]', 'id of one delivery, as in its header webhook-id')
    .option(
      '--failed-for <TIME>',
      'instead of one: what failed of the events of this last time',
      durationBetween(1_000, 365 * 86_400_000),
    );
  return command.action(async (id: string, webhookId: string | undefined, { company, failedFor, json }: Options) => {
    if ((webhookId === undefined) === (failedFor === undefined)) {
      throw new CommandFailure('usage', 'replay takes the id of a delivery, or --failed-for and a time');
    }
    await withWebhooks(command, io, protocols, async ({ log }) => {
      if (webhookId !== undefined) {
        const delivery = await log.replay(company, id, webhookId);
        if (json === true) sayJson(io, delivery);
        else say(io, `${delivery.webhookId} is sent once more`);
        return;
      }
      let deliveries = 0;
      const since = Date.now() - (failedFor ?? 0);
      for (let more = true; more;) {
        const replayed = await log.replayFailed(company, id, since);
        deliveries += replayed.deliveries;
        ({ more } = replayed);
      }
      if (json === true) sayJson(io, { deliveries });
      else say(io, `${deliveries} deliveries are sent once more`);
    });
  });
}

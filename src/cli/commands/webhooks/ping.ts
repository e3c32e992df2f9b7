import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Delivery } from '../../../webhooks/delivery.ts';
import { say, sayJson, type Io } from '../../console-io.ts';
import { durationBetween } from '../../duration-option.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { webhookCommand, withWebhooks, type CommonOptions } from './access.ts';

const LOOK_MS = 100;

/** `odograph webhooks ping`: tries a webhook out, with an event that says nothing. */
export function pingCommand(io: Io, protocols: readonly string[]): Command {
  const command = webhookCommand('ping', 'try a webhook out with an event that says nothing; the gateway sends it')
    .argument('<webhook>', 'its id')
    .option('--wait <TIME>', 'wait so long for its outcome, and end with 1 where it fails', durationBetween(1_000, 3_600_000));
  return command.action(async (id: string, { company, wait = 0, json }: CommonOptions & { wait?: number }) => {
    await withWebhooks(command, io, protocols, async ({ log }) => {
      let delivery: Delivery = await log.ping(company, id);
      for (const deadline = performance.now() + wait; delivery.status === 'pending' && performance.now() < deadline;) {
        await pause(LOOK_MS);
        delivery = await log.get(company, id, delivery.webhookId);
      }
      const { webhookId, status, outcome } = delivery;
      if (json === true) sayJson(io, delivery);
      else
        say(io, status === 'pending' ? `${webhookId} waits for the gateway to send it` : `${webhookId} ${status}: ${outcome}`);
      if (status === 'failed') throw new CommandFailure('refused', 'the receiver did not take it');
      if (status === 'pending' && wait > 0)
        throw new CommandFailure('unavailable', 'the gateway has not sent it: is it running?');
    });
  });
}

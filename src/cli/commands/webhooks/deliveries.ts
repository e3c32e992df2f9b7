import { Option, type Command } from 'commander';
import { DELIVERY_STATUSES, type Delivery, type DeliveryStatus } from '../../../webhooks/delivery.ts';
import { note, say, sayJson, sayTable, type Io } from '../../console-io.ts';
import { numberBetween } from '../../number-option.ts';
import { utc } from '../../registry.ts';
import { webhookCommand, withWebhooks, type CommonOptions } from './access.ts';

interface Options extends CommonOptions {
  status?: DeliveryStatus;
  limit: number;
  after?: string;
}

/** `odograph webhooks deliveries`: what was sent to a webhook and how it went; one of them with all its tries. */
export function deliveriesCommand(io: Io, protocols: readonly string[]): Command {
  const command = webhookCommand('deliveries', 'list what was sent to a webhook, the newest event first, or show one of them')
    .argument('<webhook>', 'its id')
    .argument('[delivery]', 'id of one delivery, as in its header webhook-id')
    .addOption(new Option('-s, --status <STATUS>', 'only those in this status').choices(DELIVERY_STATUSES))
    .option('-n, --limit <COUNT>', 'most rows', numberBetween(1, 10_000), 50)
    .option('--after <CURSOR>', 'the page behind this one');
  return command.action(async (id: string, webhookId: string | undefined, { company, status, limit, after, json }: Options) => {
    await withWebhooks(command, io, protocols, async ({ log }) => {
      if (webhookId !== undefined) {
        sayDelivery(io, await log.get(company, id, webhookId), json);
        return;
      }
      const page = await log.list(company, id, { status, after, most: limit });
      if (json === true) sayJson(io, page);
      else sayDeliveries(io, page.deliveries);
      if (page.next !== null && page.deliveries.length === limit) note(io, `there may be more: --after ${page.next}`);
    });
  });
}

function sayDeliveries(io: Io, deliveries: readonly Delivery[]): void {
  const rows = deliveries.map(({ at, eventType, webhookId, status, tries, nextTryAt, outcome, attempts }) => {
    const last = status === 'pending' ? (attempts.at(-1)?.detail ?? '') : outcome;
    return [utc(at), eventType, webhookId, status, tries, utc(nextTryAt), last];
  });
  sayTable(io, ['event at', 'event', 'id', 'status', 'tries', 'next try', 'outcome'], rows);
}

function sayDelivery(io: Io, delivery: Delivery, json: boolean | undefined): void {
  if (json === true) {
    sayJson(io, delivery);
    return;
  }
  sayDeliveries(io, [delivery]);
  say(io, `\n${delivery.payload}\n`);
  const rows = delivery.attempts.map(({ at, durationMs, httpStatus, code, detail, response }) => {
    return [utc(at), durationMs, httpStatus ?? code, detail, response];
  });
  sayTable(io, ['tried at', 'ms', 'answer', 'what', 'response'], rows);
}

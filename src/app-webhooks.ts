/** Puts the sending of webhooks together. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { findGatewayError, GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import { shownTracker, shownTransition } from './api/tracker-shapes.ts';
import type { Config } from './config/schema.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { SealedBox } from './secrets/sealed-box.ts';
import type { DocumentStore } from './store/document-store.ts';
import { AddressRule } from './webhooks/address-rule.ts';
import type { NoticeSource } from './webhooks/announce.ts';
import { DeliveryLog } from './webhooks/delivery-log.ts';
import { WebhookDesk } from './webhooks/desk.ts';
import { WebhookDispatcher } from './webhooks/dispatcher.ts';
import type { PayloadShapes } from './webhooks/payload.ts';
import { Poster } from './webhooks/post.ts';
import { Slots } from './webhooks/slots.ts';

/** What companies do with webhooks is done here, by the API and the command line alike. */
export interface WebhookServices {
  desk: WebhookDesk;
  log: DeliveryLog;
}

/** What the sending is put together from. */
export interface WebhookSendingOptions {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  version: string;
  store: NoticeSource & { documents: DocumentStore };
  secrets: SealedBox;
  /** Names this gateway, in this life and the next. */
  gatewayId: string;
  now: Clock;
}

/** A payload shows things as the API does. */
export const PAYLOAD_SHAPES: PayloadShapes = { tracker: shownTracker, transition: shownTransition };
/** How soon a change that another process made is noticed, at the latest. */
const LOOK_MS = 250;
/** How long a webhook is held by a gateway that died. */
const LEASE_MS = 30_000;

/** Makes what companies do with their webhooks. */
export function webhookServices(
  { webhooks }: Pick<Config, 'webhooks'>,
  documents: DocumentStore,
  secrets: Pick<SealedBox, 'seal'>,
  now: Clock,
): WebhookServices {
  const { allowHttp, allowPrivateAddresses, perCompany, secretOverlapMs } = webhooks;
  const desk = new WebhookDesk({
    documents,
    secrets,
    urls: { allowHttp, addresses: new AddressRule(allowPrivateAddresses) },
    endpointsPerCompany: perCompany,
    secretOverlapMs,
    now,
    randomBytes,
  });
  return { desk, log: new DeliveryLog({ documents, desk, now, randomBytes }) };
}

/** Begins to send. Fails with `config_invalid` where the file of authorities cannot be read. */
export function sendWebhooks(options: WebhookSendingOptions): WebhookDispatcher {
  const { config, logger, metrics, version, store, secrets, gatewayId, now } = options;
  const { webhooks } = config;
  let isTroubled = false;
  const dispatcher = new WebhookDispatcher({
    source: store,
    shapes: PAYLOAD_SHAPES,
    documents: store.documents,
    secrets,
    poster: new Poster({
      addresses: new AddressRule(webhooks.allowPrivateAddresses),
      dnsServers: webhooks.dnsServers,
      timeoutMs: webhooks.timeoutMs,
      authorities: authoritiesOf(webhooks.caFile),
      userAgent: `odograph/${version}`,
    }),
    slots: new Slots(webhooks.tries),
    rules: {
      firstMs: webhooks.retryMinMs,
      longestMs: webhooks.retryMaxMs,
      giveUpMs: webhooks.giveUpMs,
      disableAfterMs: webhooks.disableAfterMs,
      keepMs: webhooks.keepMs,
      triesPerEndpoint: webhooks.triesPerWebhook,
    },
    now,
    random: Math.random,
    leaseMs: LEASE_MS,
    gatewayId,
    lookMs: LOOK_MS,
    onTry: (code, durationMs) => {
      metrics.count('webhook_tries_total', { code });
      metrics.observe('webhook_try_seconds', durationMs / 1_000);
    },
    onSettled: (outcome) => metrics.count('webhook_deliveries_total', { outcome }),
    onDisabled: (webhook, reason) => {
      metrics.count('webhook_disabled_total', {});
      logger.warn({ webhook, reason }, 'a webhook is disabled');
    },
    onLooked: () => (isTroubled = false),
    onTrouble: (error) => {
      const code = findGatewayError(error)?.code ?? 'bug_invariant';
      if (!isTroubled) logger.error({ err: error, code }, 'webhooks cannot be sent; will be tried again');
      isTroubled = true;
      metrics.count('errors_total', { code });
    },
  });
  metrics.pull('webhook_oldest_undelivered_seconds', () => dispatcher.lagMs / 1_000);
  dispatcher.start();
  return dispatcher;
}

function authoritiesOf(path: string | undefined): readonly string[] | undefined {
  if (path === undefined) return undefined;
  try {
    return [...rootCertificates, readFileSync(path, 'utf8')];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('config_invalid', `webhooks.caFile ${path} cannot be read: ${why}`, { cause: error });
  }
}

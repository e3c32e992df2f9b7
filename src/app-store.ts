/** Keeps the book up to date with a store on the network, and says how that is. */
import { findGatewayError } from '#errors/gateway-error';
import type { Config } from './config/schema.ts';
import { evidenceRules } from './lifecycle/rules.ts';
import { TRIP_RULES } from './lifecycle/trips.ts';
import type { ReadinessCheck } from './observe/readiness.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import { providerTable } from './providers/table.ts';
import { StoredBook } from './store/book.ts';
import type { Store } from './store/store.ts';

/** How soon a change that another process has made is known to listeners, at the latest, ms. */
const CATCH_UP_MS = 250;

/** Idents nobody registered that are remembered for `trackers why`. */
const UNREGISTERED_IDENTS = 100_000;

export function makeBook(config: Config, store: Store, spoolId: string, metrics: Metrics, logger: Logger): StoredBook {
  return new StoredBook({
    store,
    providers: providerTable(config.providers),
    evidence: evidenceRules(config.lifecycle),
    consents: { services: { 'mercedes-benz': config.providers['mercedes-benz'].api.services } },
    trips: TRIP_RULES,
    spoolId,
    unregisteredIdents: UNREGISTERED_IDENTS,
    onLost: (detail) => {
      metrics.count('errors_total', { code: 'store_lost' });
      logger.error({ code: 'store_lost', detail }, 'the registry has less than it had');
    },
  });
}

/**
 * Reads what the store has. Where that is a file, a gateway without it is of no use, and this rejects; a store on the network may be
 * away, and is read as soon as it is there.
 */
export async function readStore(book: StoredBook, logger: Logger): Promise<void> {
  try {
    await book.catchUp();
  } catch (error) {
    if (findGatewayError(error)?.code !== 'store_unreachable') throw error;
    logger.error({ code: 'store_unreachable', err: error }, 'the registry does not answer; frames are taken in and wait');
  }
}

/** Asks a store on the network from time to time what is new. Gives what ends that. */
export function tendStore(book: StoredBook, store: Store, logger: Logger): () => void {
  if (store.newsAtOnce !== undefined) return () => undefined;
  let isAway = book.isAway;
  let isTold = false;
  const look = async (): Promise<void> => {
    const failed = await book.catchUp().then(
      () => null,
      (error: unknown) => error,
    );
    if (failed !== null && !isAway) {
      const code = findGatewayError(failed)?.code ?? 'store_unreachable';
      logger.error({ code, err: failed }, 'the registry does not answer; frames go on, checkpoints wait');
    }
    if (isAway && !book.isAway) logger.info('the registry answers again');
    isAway = book.isAway;
    if (isTold || isAway) return;
    isTold = true;
    for (const doubt of await store.doubts()) logger.warn({ doubt }, 'the settings of Redis may cost data');
  };
  // The gateway is being stopped, or the store has gone again: the next look tells.
  const timer = setInterval(() => void look().catch(() => undefined), CATCH_UP_MS);
  return () => clearInterval(timer);
}

/** What a gateway lacks whose registry was never read. */
export function registryCheck(book: StoredBook, { listeners, subscriptions }: Config): ReadinessCheck {
  const refuses = [...listeners, ...subscriptions].some(({ unregistered }) => unregistered === 'refuse');
  const reason = 'the registry was not read yet: listeners that refuse unregistered devices turn all away';
  return { name: 'registry', missing: () => (book.isRead || !refuses ? null : reason) };
}

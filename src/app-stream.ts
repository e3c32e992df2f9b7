/** Puts the stream of what happens together. */
import { findGatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import { shownArrival, shownLogged } from './api/shown-stream.ts';
import { goodProofs } from './app-sign-in.ts';
import { reading, type ReadingParts } from './app-telemetry.ts';
import type { Config } from './config/schema.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import { readArrivals } from './reading/arrivals.ts';
import { ApiKeys } from './registry/api-keys.ts';
import type { StoredBook } from './store/book.ts';
import type { DocumentStore } from './store/document-store.ts';
import { Budget } from './stream/budget.ts';
import { StreamDesk } from './stream/desk.ts';
import type { StreamShapes } from './stream/event.ts';
import { StreamFeed } from './stream/feed.ts';

/** What the stream is put together from. */
export interface StreamParts extends ReadingParts {
  config: Pick<Config, 'api' | 'signIn'>;
  spoolId: string;
  book: Pick<StoredBook, 'trackerOf' | 'registeredSince'>;
  documents: DocumentStore;
  /** Every frame up to this one is in ClickHouse; `null` until that was reached. */
  storedThrough: () => number | null;
  metrics: Metrics;
  logger: Logger;
  now: Clock;
}

/** Registrations younger than this may not be in ClickHouse, ms. */
const FRESH_MS = 600_000;
const SHAPES: StreamShapes = { position: shownArrival, transition: shownLogged };

/** Makes the feed that the pipeline tells, and the desk that readers come to. */
export function openStream(parts: StreamParts): { feed: StreamFeed; desk: StreamDesk } {
  const { config, spoolId, book, documents, rows, database, storedThrough, metrics, logger, now } = parts;
  const keys = new ApiKeys(documents, now);
  const { streams: readers, streamsPerCompany: readersPerCompany, streamWaitingBytes: waitingBytes } = config.api;
  // Half for what happens, half for those who have missed something: neither waits for the other.
  const live = new Budget(config.api.streamBytesPerSecond / 2);
  const missed = new Budget(config.api.streamBytesPerSecond / 2);
  const trackerOf: StoredBook['trackerOf'] = (oid) => book.trackerOf(oid);
  const feed = new StreamFeed({ spoolId, trackerOf, shapes: SHAPES, budget: live, waitingBytes: waitingBytes / 2 });
  const desk = new StreamDesk({
    feed,
    budget: missed,
    documents,
    shapes: SHAPES,
    arrivals: (query) => {
      const freshOids = book.registeredSince(query.companyId, now() - FRESH_MS);
      return reading(rows, (store) => readArrivals(store, database, { ...query, freshOids }));
    },
    storedThrough,
    isGood: goodProofs({ config, documents, keys, now }),
    limits: { readers, readersPerCompany, waitingBytes },
    onCut: () => metrics.count('stream_cut_total', {}),
    onTrouble: (error) => {
      metrics.count('errors_total', { code: findGatewayError(error)?.code ?? 'bug_invariant' });
      logger.warn({ err: error }, 'a stream waits');
    },
  });
  metrics.pull('stream_readers', () => feed.readers);
  return { feed, desk };
}

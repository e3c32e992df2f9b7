/** What a gateway must have to be ready. */
import { registryCheck } from './app-store.ts';
import type { Config } from './config/schema.ts';
import type { ReadinessCheck } from './observe/readiness.ts';
import type { Spool } from './spool/spool.ts';
import type { StoredBook } from './store/book.ts';

/** Name of the check that answers for other processes. */
export const OTHERS_CHECK = 'processes';

export interface ReadinessParts {
  config: Config;
  spool: Spool;
  book: StoredBook;
  isStopping: () => boolean;
  /** Listeners and subscriptions that are there. */
  bound: () => number;
  /** What other processes lack that this one answers for. */
  others: () => readonly string[];
}

/** The checks, each of which says what is missing. */
export function readinessOf({ config, spool, book, isStopping, bound, others }: ReadinessParts): ReadinessCheck[] {
  const all = config.listeners.length + config.subscriptions.length;
  return [
    { name: 'gateway', missing: () => (isStopping() ? 'it is being stopped' : null) },
    {
      name: 'spool',
      missing: () => (spool.refusal === null ? null : `the spool accepts nothing: ${spool.refusal}`),
    },
    registryCheck(book, config),
    { name: 'listeners', missing: () => (bound() === all ? null : 'ports are being bound') },
    { name: OTHERS_CHECK, missing: () => (others().length === 0 ? null : others().join('; ')) },
  ];
}

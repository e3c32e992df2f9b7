/** When a process that there is no more in the configuration has nothing left. */
import type { Consenting } from './app-consent.ts';
import type { Runner } from './pipeline/runner.ts';
import type { Spool } from './spool/spool.ts';
import type { StoredBook } from './store/book.ts';

interface Leftover {
  spool: Spool;
  book: Pick<StoredBook, 'uncommitted'>;
  /** `null` until ClickHouse was reached. */
  runner: Pick<Runner, 'settle'> | null;
  consents: Pick<Consenting, 'leave'> | null;
}

/**
 * Sees whether all that the spool holds is stored and applied, and nothing of it is kept for replay any more; then takes leave of those
 * who wait for this spool when a consent is withdrawn. Rejects where store or disk refuse.
 */
export async function isEmptied({ spool, book, runner, consents }: Leftover): Promise<boolean> {
  if (runner === null || consents === null || spool.stats().backlogRecords > 0) return false;
  await runner.settle();
  // What is too old to be kept is deleted with a checkpoint, and no record comes that would bring one.
  await spool.amendCheckpoint((last) => last);
  const { segments, backlogRecords, pendingBytes } = spool.stats();
  // One is always there, begun with this life: nobody has written to it.
  if (segments > 1 || backlogRecords > 0 || pendingBytes > 0 || book.uncommitted > 0) return false;
  return consents.leave();
}

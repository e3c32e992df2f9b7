/**
 * Changes of trackers in the order in which they were made, kept for a while for those who follow them. Notices are told and
 * forgotten; this is what they leave.
 */
import type { EpochMs } from '#model/clocks';
import type { Tracker, Transition } from '#model/tracker';
import type { DocumentStore } from './document-store.ts';
import type { Notice } from './tracker-store.ts';

/** A change, with whose it is. */
export interface LoggedTransition {
  /** Place in the log: counts up, never from 0. */
  place: number;
  companyId: string;
  tracker: Pick<Tracker, 'oid' | 'trackerId' | 'provider'>;
  transition: Transition;
}

type Body = Omit<LoggedTransition, 'place'>;

const LOG = 'transition_log';
/** One log for all companies: who follows it reads it once for all readers. */
const NOBODY = '';
/** How long a change is kept, ms. */
const KEEP_MS = 7 * 86_400_000;
/** More digits than any number of a notice has. */
const DIGITS = 16;

const idOf = (place: number): string => String(place).padStart(DIGITS, '0');

/** Keeps changes; those that are kept already stay as they are. What was kept for long enough goes. */
export async function logTransitions(documents: DocumentStore, notices: readonly Notice[], now: EpochMs): Promise<void> {
  await documents.writeAll(
    notices.map(({ id, tracker: { companyId, oid, trackerId, provider }, transition }) => {
      const body: Body = { companyId, tracker: { oid, trackerId, provider }, transition };
      const insert = { id: idOf(id), companyId: NOBODY, uniqueKey: null, dueAt: now + KEEP_MS, body };
      return { collection: LOG, insert };
    }),
  );
  const old = await documents.due<Body>(LOG, now, 2 * notices.length);
  if (old.length === 0) return;
  await documents.writeAll(old.map(({ id, revision }) => ({ collection: LOG, remove: { id, ifRevision: revision } })));
}

/** Gives the changes behind a place, oldest first. */
export async function loggedAfter(documents: DocumentStore, place: number, most: number): Promise<readonly LoggedTransition[]> {
  const found = await documents.documents<Body>(LOG, { companyId: NOBODY, afterId: idOf(place), most });
  return found.map(({ id, body }) => ({ place: Number(id), ...body }));
}

/** Place of the newest change; 0 where there is none. It is searched for: a log is read forwards only. */
export async function lastLogged(documents: DocumentStore): Promise<number> {
  let last = 0;
  for (let step = 2 ** 40; step >= 1; step /= 2) {
    const [next] = await loggedAfter(documents, last + step - 1, 1);
    if (next !== undefined) last += step;
  }
  return last;
}

/** Place of the oldest change that is kept; `null` where there is none. */
export async function firstLogged(documents: DocumentStore): Promise<number | null> {
  return (await loggedAfter(documents, 0, 1))[0]?.place ?? null;
}

/**
 * Which rows are a tracker's: those stored for it, and those that came under its idents before anybody had registered them; what another
 * company's endpoint took in is never among them.
 */
import { identKey, identsOf, type Tracker } from '#model/tracker';
import type { Rows } from './rows.ts';

/** Idents that a tracker states. They are compared exactly in ClickHouse: each is looked for as it is written and in the form of the wire. */
export function statedIdents(tracker: Tracker): Set<string> {
  return new Set(identsOf(tracker).flatMap(({ ident }) => [ident.trim(), identKey(ident)]));
}

/** Idents that a tracker goes by, or has gone by. */
export async function knownIdents(store: Rows, database: string, { oid }: Tracker): Promise<string[]> {
  const known = await store.rows<{ ident: string }>(
    'SELECT ident FROM {db:Identifier}.idents_of_tracker WHERE tracker_oid = {oid:String}',
    { db: database, oid },
  );
  return known.map(({ ident }) => ident);
}

/**
 * Gives what the conditions below are asked with. The idents are looked up first, and alone: as a part of each question they cost it as much
 * as its rows (`bench/queries`).
 */
export async function ownParameters(store: Rows, database: string, tracker: Tracker): Promise<Record<string, unknown>> {
  const known = await knownIdents(store, database, tracker);
  return { idents: [...statedIdents(tracker), ...known], oid: tracker.oid, company: tracker.companyId };
}

/** Rows under an ident that the tracker goes by, or has gone by. */
export const OWN_IDENT = 'ident IN {idents:Array(String)}';

/** Of rows that say whose they are, the tracker's. */
export const OWN_ROW = "(tracker_oid = {oid:String} OR (tracker_oid = '' AND company_id IN ('', {company:String})))";

/** The tracker's rows of `messages` and `events`. */
export const OWN = `${OWN_IDENT} AND ${OWN_ROW}`;

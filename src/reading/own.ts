/**
 * Which rows are a tracker's: those stored for it, and those that came under its idents before anybody had registered them; what another
 * company's endpoint took in is never among them.
 */
import { identKey, identsOf, type Tracker } from '#model/tracker';
import type { Rows } from './rows.ts';

/**
 * Gives what the conditions below are asked with. The idents are looked up first, and alone: as a part of each question they cost it as much
 * as its rows (`bench/queries`). Idents are compared exactly in ClickHouse: each is looked for as it is written and in the form of the wire.
 */
export async function ownParameters(store: Rows, database: string, tracker: Tracker): Promise<Record<string, unknown>> {
  const stated = identsOf(tracker).flatMap(({ ident }) => [ident.trim(), identKey(ident)]);
  const known = await store.rows<{ ident: string }>(
    'SELECT DISTINCT ident FROM {db:Identifier}.tracker_idents WHERE tracker_oid = {oid:String}',
    { db: database, oid: tracker.oid },
  );
  const idents = new Set([...stated, ...known.map(({ ident }) => ident)]);
  return { idents: [...idents], oid: tracker.oid, company: tracker.companyId };
}

/** Rows under an ident that the tracker goes by, or has gone by. */
export const OWN_IDENT = 'ident IN {idents:Array(String)}';

/** Of rows that say whose they are, the tracker's. */
export const OWN_ROW = "(tracker_oid = {oid:String} OR (tracker_oid = '' AND company_id IN ('', {company:String})))";

/** The tracker's rows of `messages` and `events`. */
export const OWN = `${OWN_IDENT} AND ${OWN_ROW}`;

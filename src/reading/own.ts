/**
 * Which rows are a tracker's: those stored for it, and those that came under its idents before anybody had registered them; what another
 * company's endpoint took in is never among them.
 */
import { identKey, identsOf, type Tracker } from '#model/tracker';

/** Idents are compared exactly in ClickHouse: each is looked for as it is written and in the form of the wire. */
export function ownParameters(tracker: Tracker): Record<string, unknown> {
  const idents = identsOf(tracker).flatMap(({ ident }) => [ident.trim(), identKey(ident)]);
  return { idents: [...new Set(idents)], oid: tracker.oid, company: tracker.companyId };
}

/** Rows under an ident that the tracker goes by, or has gone by. */
export const OWN_IDENT = `ident IN (SELECT arrayJoin({idents:Array(String)}) UNION DISTINCT
    SELECT ident FROM {db:Identifier}.tracker_idents WHERE tracker_oid = {oid:String})`;

/** Of rows that say whose they are, the tracker's. */
export const OWN_ROW = "(tracker_oid = {oid:String} OR (tracker_oid = '' AND company_id IN ('', {company:String})))";

/** The tracker's rows of `messages` and `events`. */
export const OWN = `${OWN_IDENT} AND ${OWN_ROW}`;

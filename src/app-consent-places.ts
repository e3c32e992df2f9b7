/** The places that a purge after a withdrawn consent takes a vehicle out of. */
import type { Clock } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import { identKey, type Tracker } from '#model/tracker';
import type { DecoderRegistry } from '#protocols/registry';
import type { RegistryServices } from './app-registry.ts';
import { CaptureLog, describeCapture } from './consent/captures.ts';
import type { Place, PurgedWithdrawal } from './consent/purger.ts';
import { scrubbed } from './pipeline/kept.ts';
import type { ConsentGate } from './pipeline/ports.ts';
import type { ClickHouse } from './sink/clickhouse/clickhouse.ts';
import { purgeRows } from './sink/clickhouse/purge.ts';
import type { Spool } from './spool/spool.ts';
import type { StoredBook } from './store/book.ts';
import { changeTracker } from './store/register.ts';
import type { Store } from './store/store.ts';
import type { TrackerChange } from './store/tracker-store.ts';
import { forgetDeliveries } from './webhooks/forget.ts';

export interface PlaceParts {
  store: Store;
  book: StoredBook;
  spool: Spool;
  decoders: DecoderRegistry;
  gate: () => ConsentGate;
  /** What companies own and ask for. */
  registry: () => RegistryServices;
  /** `null` until ClickHouse was reached. */
  clickhouse: () => ClickHouse | null;
  /** Up to here all is stored that came before the withdrawals were known. */
  settledThrough: () => SpoolSeq;
  now: Clock;
}

/** All places of a gateway, in the order in which they are purged. */
export function placesOf(parts: PlaceParts): readonly Place[] {
  return [clickhousePlace(parts), spoolPlace(parts), registryPlace(parts), documentsPlace(parts), capturesPlace(parts)];
}

function clickhousePlace({ store, clickhouse }: PlaceParts): Place {
  return {
    name: 'clickhouse',
    purge: async (withdrawal, signal) => {
      const reached = clickhouse();
      if (reached === null) throw new Error('ClickHouse was not reached yet');
      const trackerOids = (await trackersOf(store, withdrawal)).map(({ oid }) => oid);
      const { companyId, protocol, shared } = withdrawal;
      const companies = shared ? [companyId, ''] : [companyId];
      const rows = { idents: spellingsOf(withdrawal), companies, protocol, trackerOids };
      const purged = await purgeRows(reached.connection, rows, signal);
      const kept = ['parts that were replaced stay on the disk of ClickHouse for up to 8 minutes'];
      if (trackerOids.length > 0) kept.push('tracker_idents and tracker_transitions: the registration by the company itself');
      return { ...purged, kept };
    },
  };
}

function spoolPlace({ spool, decoders, gate, settledThrough }: PlaceParts): Place {
  return {
    name: 'spool',
    purge: async () => {
      const through = settledThrough();
      const report = await spool.scrub((entry) => scrubbed(entry, decoders, gate()), 0, through);
      if (report.through < through) {
        throw new Error(
          `the spool is scrubbed through ${report.through}, and must be through ${through}: the rest is not stored yet`,
        );
      }
      const removed = { records: report.records, segments: report.rewritten, corruptBytes: report.corruptBytes };
      return { removed, left: { records: await countLeft(spool, decoders, gate(), through) }, kept: [] };
    },
  };
}

function registryPlace({ store, book }: PlaceParts): Place {
  return {
    name: 'registry',
    purge: async (withdrawal) => {
      const trackers = await trackersOf(store, withdrawal);
      const removed = await countPlaces(store, trackers);
      for (const { oid, deletedAt } of trackers) {
        await store.forgetPlaces(oid);
        // Written anew, so that every book reads what is kept of it; none has one that is deleted.
        if (deletedAt === null) await changeTracker(store, oid, anew);
      }
      await book.catchUp();
      const liveness = await book.forget(({ ident, trackerOid }) => isHeardOf(withdrawal, trackers, ident, trackerOid));
      const kept = trackers.length === 0 ? [] : ['the registration of the trackers and the history of their status'];
      return { removed: { ...removed, liveness }, left: await countPlaces(store, trackers), kept };
    },
  };
}

function documentsPlace({ store, registry }: PlaceParts): Place {
  return {
    name: 'documents',
    purge: async (withdrawal) => {
      const { companyId, idents, stoppedAt } = withdrawal;
      const { idempotency, odometers, papers } = registry();
      const oids = (await trackersOf(store, withdrawal)).map(({ oid }) => oid);
      const names = [...oids, ...idents].map(identKey);
      const says = (text: string): boolean => names.some((name) => identKey(text).includes(name));
      const removed = {
        webhook_deliveries: await forgetDeliveries(store.documents, companyId, oids, stoppedAt),
        idempotency: await idempotency.forget(companyId, says),
        odometers: 0,
        registration_documents: 0,
      };
      for (const oid of oids) {
        if (await odometers.forget(companyId, oid)) removed.odometers++;
        if (await papers.forget(companyId, oid)) removed.registration_documents++;
      }
      return { removed, left: {}, kept: ['hashes of the ids of pushed messages, until they are forgotten in their time'] };
    },
  };
}

/** These files are their owners'. */
function capturesPlace({ store, now }: PlaceParts): Place {
  const captures = new CaptureLog(store.documents, now);
  const kept = async () => (await captures.all()).map((capture) => describeCapture(capture));
  return { name: 'captures', purge: async () => ({ removed: {}, left: {}, kept: await kept() }) };
}

/** How many trackers have evidence, and trips. */
async function countPlaces(store: Store, trackers: readonly Tracker[]): Promise<{ evidence: number; trips: number }> {
  const counts = { evidence: 0, trips: 0 };
  for (const { oid } of trackers) {
    if ((await store.evidenceOf(oid)) !== null) counts.evidence++;
    if ((await store.tripOf(oid)) !== null) counts.trips++;
  }
  return counts;
}

/** The trackers of the company under the idents of a withdrawal. */
async function trackersOf(store: Store, { companyId, idents }: PurgedWithdrawal): Promise<readonly Tracker[]> {
  const found = new Map<string, Tracker>();
  for (const ident of idents) {
    for (const tracker of await store.trackersCalled(ident))
      if (tracker.companyId === companyId) found.set(tracker.oid, tracker);
  }
  return [...found.values()];
}

/** An ident as rows may have it. */
function spellingsOf({ idents }: PurgedWithdrawal): string[] {
  return [...new Set(idents.flatMap((ident) => [ident, identKey(ident), ident.toLowerCase()]))];
}

/** The change that changes nothing. */
function anew(tracker: Tracker): TrackerChange {
  return { tracker: { ...tracker, revision: tracker.revision + 1 }, transitions: [], outbox: [] };
}

function isHeardOf(
  { companyId, idents, shared }: PurgedWithdrawal,
  trackers: readonly Tracker[],
  heard: string,
  trackerOid: string | null,
): boolean {
  const isNamed = idents.some((ident) => identKey(ident) === identKey(heard));
  if (trackerOid !== null) return isNamed && trackers.some(({ oid }) => oid === trackerOid);
  if (isNamed) return shared || companyId === '';
  return idents.some((ident) => identKey(`${companyId}/${ident}`) === identKey(heard));
}

/** Records up to a place that still say what may not be kept. */
async function countLeft(spool: Spool, decoders: DecoderRegistry, gate: ConsentGate, through: SpoolSeq): Promise<number> {
  let left = 0;
  await spool.scrub(
    (entry) => {
      if (entry.seq <= through && scrubbed(entry, decoders, gate) !== null) left++;
      return null;
    },
    0,
    0,
  );
  return left;
}

/** What a commit of the book writes, as rows: made where the book is, and written by whichever thread has the file open for it. */
import type { DatabaseSync } from 'node:sqlite';
import type { SpoolSeq } from '#model/frame-record';
import { evidenceParts, type EvidenceParts } from '../evidence-parts.ts';
import type { BookChanges, CommitResult } from '../tracker-store.ts';
import type { SqliteCommands } from './commands.ts';
import { inTransaction } from './database.ts';
import { heardRows, tripRows, writeHeard, writeTrip, type HeardRows, type TripRows } from './kept.ts';
import type { Statements } from './statements.ts';
import { updateTracker, writeOutbox } from './tracker-rows.ts';

/** A commit as nothing that comes meanwhile changes it; it may be given to another thread. */
export interface CommitRows extends Pick<BookChanges, 'spoolId' | 'applied' | 'moves' | 'outbox' | 'answers'> {
  evidence: readonly (EvidenceParts & { oid: string; metres: number; ifRevision: number })[];
  trips: TripRows;
  heard: HeardRows;
}

export function commitRows(changes: BookChanges): CommitRows {
  const { spoolId, applied, moves, outbox, answers } = changes;
  const evidence = changes.evidence.map(({ oid, evidence: kept, ifRevision }) => {
    return { ...evidenceParts(kept), oid, metres: kept.distance.walk.metres, ifRevision };
  });
  return { spoolId, applied, moves, outbox, answers, evidence, trips: tripRows(changes.trips), heard: heardRows(changes) };
}

/** Memory that a commit can take along to another thread instead of leaving a copy. */
export function memoryOf({ trips, heard }: CommitRows): ArrayBuffer[] {
  return [trips.numbers.buffer, heard.numbers.buffer];
}

/** Writes a commit in one transaction. Throws `store_io`. */
export function writeCommit(
  db: DatabaseSync,
  statements: Statements,
  commands: SqliteCommands,
  rows: CommitRows,
): CommitResult {
  try {
    inTransaction(db, () => writeAll(statements, commands, rows));
    return { outcome: 'committed' };
  } catch (error) {
    if (error instanceof Refused) return error.result;
    throw error;
  }
}

/** The last record of a spool that is applied; 0 where none is. */
export function appliedOf(statements: Statements, spoolId: string): SpoolSeq {
  return (statements.get('SELECT seq FROM applied WHERE spool_id = ?', spoolId)?.['seq'] as number | undefined) ?? 0;
}

function writeAll(statements: Statements, commands: SqliteCommands, rows: CommitRows): void {
  const { spoolId, applied } = rows;
  if (applied !== null && appliedOf(statements, spoolId) !== applied.after) throw new Refused({ outcome: 'displaced' });
  const expect = (oid: string, isWritten: boolean): void => {
    if (!isWritten) throw new Refused({ outcome: 'stale', oids: [oid] });
  };
  for (const { change, ifRevision } of rows.moves) expect(change.tracker.oid, updateTracker(statements, change, ifRevision));
  for (const evidence of rows.evidence) expect(evidence.oid, writeEvidence(statements, evidence));
  for (const [i, oid] of rows.trips.oids.entries()) expect(oid, writeTrip(statements, rows.trips, i));
  writeHeard(statements, rows.heard);
  writeOutbox(statements, rows.outbox);
  commands.settle(rows.answers);
  if (applied === null) return;
  statements.prepare('INSERT OR REPLACE INTO applied (one, spool_id, seq) VALUES (1, ?, ?)').run(spoolId, applied.seq);
}

/** Writes change nothing where the row is not at the revision expected, 0 for none. */
const NEW_EVIDENCE = 'INSERT INTO evidence (metres, fixes, rest, tracker_oid) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
const EVIDENCE =
  'UPDATE evidence SET metres = ?, fixes = ?, rest = ?, revision = revision + 1 WHERE tracker_oid = ? AND revision = ?';

function writeEvidence(
  statements: Statements,
  { oid, metres, fixes, rest, ifRevision }: CommitRows['evidence'][number],
): boolean {
  const values = [metres, fixes, rest, oid];
  const written =
    ifRevision === 0
      ? statements.prepare(NEW_EVIDENCE).run(...values)
      : statements.prepare(EVIDENCE).run(...values, ifRevision);
  return written.changes === 1;
}

/** Undoes a commit that somebody else was faster than. */
class Refused extends Error {
  readonly result: CommitResult;

  constructor(result: CommitResult) {
    super(result.outcome);
    this.result = result;
  }
}

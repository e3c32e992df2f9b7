/**
 * Compares a spool with ClickHouse: what its records must have left by the present codecs, with what is there. Reads beside a running
 * gateway; records behind the checkpoint are on their way, and are not compared.
 */
import type { Clock, EpochMs } from '#model/clocks';
import { identKey } from '#model/tracker';
import type { DecoderRegistry } from '#protocols/registry';
import { isWithin, type Span } from '../capture/selection.ts';
import type { NormaliseRules } from '../pipeline/normalise.ts';
import { OutcomeMaker } from '../pipeline/outcome.ts';
import type { ConsentGate, FrameOutcome, SpoolEntry } from '../pipeline/ports.ts';
import type { Connection } from '../sink/clickhouse/connection.ts';
import { readCheckpointFile } from '../spool/checkpoint.ts';
import { nodeDisk } from '../spool/disk.ts';
import { SpoolHistory } from '../spool/history.ts';
import { readDuplicates } from './duplicates.ts';
import { expectedRows, type ExpectedRow } from './expected.ts';
import { emptyReport, noteMissing, noteUnexplained, type AuditReport } from './report.ts';
import { countBeyond, newestPositions, storedElsewhere, storedRows, type StoredRow } from './stored.ts';

export interface AuditOptions {
  /** Folder of the spool. */
  directory: string;
  connection: Connection;
  decoders: DecoderRegistry;
  rules: NormaliseRules;
  /** Gives what says whose data may not be kept. */
  gate: (spoolId: string) => Promise<ConsentGate>;
  /** Records received in this time. */
  span: Span;
  /** Rows of these idents alone; empty for all. */
  idents: readonly string[];
  /** Older frames are dropped from the raw journal, ms; 0 for none. */
  framesRetentionMs: number;
  /** Brings what is missing, and gives the rows it has brought; `null` where nothing is to be written. */
  repair: Repair | null;
  onProgress: (segments: number) => void;
  now: Clock;
}

/** What a record has not left, with all that it says. */
export interface Gap {
  entry: SpoolEntry;
  missing: readonly ExpectedRow[];
}

export type Repair = (spoolId: string, gaps: readonly Gap[]) => Promise<void>;

/** Records compared at a time. */
const CHUNK = 2_000;

interface Compared {
  entry: SpoolEntry;
  expected: ExpectedRow[];
}

/** Audits a spool. Rejects where the spool cannot be read or ClickHouse does not answer. */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { directory, connection, decoders, rules, span, onProgress } = options;
  // Asked before the spool is opened: what ClickHouse has by now was durable before.
  const newest = await newestPositions(connection);
  const spool = await SpoolHistory.open(directory);
  try {
    const report = emptyReport(spool.spoolId ?? '');
    if (spool.spoolId === null) return report;
    // Read after the segments were opened: what it covers is in them, or was deleted for being stored.
    const checkpoint = await readCheckpointFile(nodeDisk, directory);
    const storedThrough = checkpoint === null || checkpoint === 'unreadable' ? 0 : checkpoint.seq;
    const gate = await options.gate(spool.spoolId);
    // Nothing is remembered: a resend must be there as well as what it repeats, and is the same row.
    const outcomes = new OutcomeMaker({ decoders, owners: { find: () => null }, rules, duplicateWindow: 0, gate });
    const auditor = new Auditor(options, report);
    let chunk: Compared[] = [];
    let segments = 0;
    let last = 0;
    for await (const { entry, segment } of spool.records()) {
      if (segment !== segments) onProgress((segments = segment));
      last = entry.seq;
      if (entry.seq > storedThrough) {
        report.waiting++;
        continue;
      }
      if (!isWithin(entry.record.receivedAt, span)) continue;
      const outcome = outcomes.of(entry);
      if (isOtherVersion(outcome, decoders)) report.otherVersions++;
      chunk.push({ entry, expected: expectedRows(outcome) });
      if (chunk.length < CHUNK) continue;
      await auditor.compare(chunk);
      chunk = [];
    }
    await auditor.compare(chunk);
    const written = newest.get(spool.spoolId) ?? 0;
    if (written > Math.max(last, storedThrough)) report.beyond = await countBeyond(connection, spool.spoolId, last, written);
    report.corrupt = spool.report.corruptRanges + spool.report.unreadable;
    await readDuplicates(connection, report);
    return report;
  } finally {
    await spool.close();
  }
}

function isOtherVersion({ record }: FrameOutcome, decoders: DecoderRegistry): boolean {
  const version = decoders.get(record.protocol)?.version;
  return version !== undefined && version !== record.codecVersion;
}

class Auditor {
  readonly #options: AuditOptions;
  readonly #report: AuditReport;
  readonly #idents: ReadonlySet<string>;
  /** Frames received before are gone from the raw journal. */
  readonly #framesFrom: EpochMs;

  constructor(options: AuditOptions, report: AuditReport) {
    this.#options = options;
    this.#report = report;
    this.#idents = new Set(options.idents.map(identKey));
    this.#framesFrom = options.framesRetentionMs === 0 ? 0 : options.now() - options.framesRetentionMs;
  }

  /** Compares records that follow each other with the rows at their positions, and has what is missing brought. */
  async compare(chunk: readonly Compared[]): Promise<void> {
    const first = chunk[0]?.entry.seq;
    const last = chunk.at(-1)?.entry.seq;
    if (first === undefined || last === undefined) return;
    const report = this.#report;
    if (report.firstSeq === 0) report.firstSeq = first;
    report.throughSeq = last;
    report.records += chunk.length;
    const { connection, repair } = this.#options;
    const rows = await storedRows(connection, report.spoolId, first, last);
    const isContinuous = chunk.length === last - first + 1;
    this.#noteUnexplained(chunk, rows, isContinuous);
    for (const { expected } of chunk) {
      for (const row of expected) if (this.#isMeant(row)) report.tables[row.table].expected++;
    }
    const gaps = await this.#gaps(chunk, rows);
    for (const { missing } of gaps) for (const row of missing) noteMissing(report, row);
    if (repair === null || gaps.length === 0) return;
    await repair(report.spoolId, gaps);
    const left = await this.#gaps(gapped(chunk, gaps), await storedRows(connection, report.spoolId, first, last));
    const stillMissing = new Set(left.flatMap(({ missing }) => missing.map(nameOf)));
    for (const { missing } of gaps) {
      for (const row of missing) if (!stillMissing.has(nameOf(row))) report.tables[row.table].repaired++;
    }
  }

  #isMeant({ ident }: { ident: string }): boolean {
    return this.#idents.size === 0 || this.#idents.has(identKey(ident));
  }

  async #gaps(chunk: readonly Compared[], rows: readonly StoredRow[]): Promise<Gap[]> {
    const there = new Set(rows.map(nameOf));
    const refused = new Set(rows.filter(({ table }) => table === 'quarantine').map(({ key }) => key));
    const absent = chunk.flatMap(({ entry, expected }) =>
      expected.filter((row) => this.#isAbsent(row, entry, there, refused) && this.#isMeant(row)),
    );
    const elsewhere = absent.length === 0 ? new Set() : await storedElsewhere(this.#options.connection, absent);
    const missing = Map.groupBy(
      absent.filter((row) => !elsewhere.has(nameOf(row))),
      ({ seq }) => seq,
    );
    return chunk.flatMap(({ entry }) => {
      const rowsOf = missing.get(entry.seq);
      return rowsOf === undefined ? [] : [{ entry, missing: rowsOf }];
    });
  }

  #isAbsent(row: ExpectedRow, entry: SpoolEntry, there: ReadonlySet<string>, refused: ReadonlySet<string>): boolean {
    if (row.table === 'frames' && entry.record.receivedAt < this.#framesFrom) return false;
    // What ClickHouse has refused for its content stands in quarantine instead.
    return !there.has(nameOf(row)) && !refused.has(`${row.seq} ${row.refusedIndex}`);
  }

  /** Rows that no record says. Between records that are left out, others may have rows of their own. */
  #noteUnexplained(chunk: readonly Compared[], rows: readonly StoredRow[], isContinuous: boolean): void {
    const said = new Set(chunk.flatMap(({ expected }) => expected.map(nameOf)));
    const seqs = new Set(chunk.map(({ entry }) => entry.seq));
    for (const row of rows) {
      if (!this.#isMeant(row)) continue;
      this.#report.tables[row.table].mergeable += row.copies - 1;
      if (said.has(nameOf(row)) || (!seqs.has(row.seq) && !isContinuous)) continue;
      // A row that was refused; and what stands for a place that the disk has spoiled.
      if ((row.table === 'quarantine' && row.rowIndex > 0) || row.code === 'spool_corrupt') continue;
      noteUnexplained(this.#report, row);
    }
  }
}

function nameOf({ table, key }: { table: string; key: string }): string {
  return `${table} ${key}`;
}

function gapped(chunk: readonly Compared[], gaps: readonly Gap[]): Compared[] {
  const seqs = new Set(gaps.map(({ entry }) => entry.seq));
  return chunk.filter(({ entry }) => seqs.has(entry.seq));
}

/** What an audit has found. */
import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import { AUDITED, type Audited, type ExpectedRow } from './expected.ts';
import type { StoredRow } from './stored.ts';

/** A row that is missing, or one that no record of the spool says. */
export interface Finding {
  kind: 'missing' | 'unexplained';
  table: Audited;
  seq: SpoolSeq;
  ident: string;
  /** UTC, ISO 8601; `null` where the row has none. */
  deviceTime: string | null;
  /** 16 hex digits. */
  recordId: string | null;
}

/** Rows of one table. */
export interface TableCounts {
  /** That the records of the spool must have left. */
  expected: number;
  /** Of these, what was not there. */
  missing: number;
  /** Of these, what a repair has brought. */
  repaired: number;
  /** Rows at positions of the spool that its records do not say. */
  unexplained: number;
  /** Rows that a merge takes away and FINAL does not show: the same row, written again. */
  mergeable: number;
  /** Rows that say the same and stay both: nothing takes them away. */
  duplicates: number;
}

/** An audit in numbers. */
export interface AuditReport {
  spoolId: string;
  /** Records that were compared. */
  records: number;
  /** Positions from the first one in the spool to the checkpoint, both included; 0 where there are none. */
  firstSeq: SpoolSeq;
  throughSeq: SpoolSeq;
  /** Records behind the checkpoint: they are on their way. */
  waiting: number;
  /** Compared records that another version of their codec has stored: it may have said something else. */
  otherVersions: number;
  /** Rows of frames behind the end of the spool: it has lost their records. */
  beyond: number;
  /** Places of the spool that cannot be read. */
  corrupt: number;
  tables: Record<Audited, TableCounts>;
  /** The first findings. */
  findings: Finding[];
}

/** Findings that are told one by one. */
const FINDINGS = 1_000;

export function emptyReport(spoolId: string): AuditReport {
  const none = { expected: 0, missing: 0, repaired: 0, unexplained: 0, mergeable: 0, duplicates: 0 };
  const tables = Object.fromEntries(AUDITED.map((table) => [table, { ...none }])) as AuditReport['tables'];
  return {
    spoolId,
    records: 0,
    firstSeq: 0,
    throughSeq: 0,
    waiting: 0,
    otherVersions: 0,
    beyond: 0,
    corrupt: 0,
    tables,
    findings: [],
  };
}

/** Everything is there, once, and nothing else is. */
export function isClean({ tables, corrupt, beyond }: AuditReport): boolean {
  if (corrupt + beyond > 0) return false;
  return Object.values(tables).every(
    ({ missing, repaired, unexplained, duplicates }) => missing === repaired && unexplained === 0 && duplicates === 0,
  );
}

export function noteMissing(report: AuditReport, { table, seq, ident, deviceTime, recordId }: ExpectedRow): void {
  report.tables[table].missing++;
  note(report, { kind: 'missing', table, seq, ident, deviceTime: isoOf(deviceTime), recordId: hexOf(recordId) });
}

export function noteUnexplained(report: AuditReport, { table, seq, ident, key }: StoredRow): void {
  report.tables[table].unexplained++;
  const [, deviceTime, recordId] = table === 'messages' || table === 'events' ? placeOf(key, ident) : [];
  const at = deviceTime === undefined ? null : Number(deviceTime);
  note(report, { kind: 'unexplained', table, seq, ident, deviceTime: isoOf(at), recordId: hexOf(recordId ?? null) });
}

function note(report: AuditReport, finding: Finding): void {
  if (report.findings.length < FINDINGS) report.findings.push(finding);
}

function placeOf(key: string, ident: string): string[] {
  return [ident, ...key.slice(ident.length + 1).split(' ')];
}

function isoOf(at: EpochMs | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function hexOf(digits: string | null): string | null {
  return digits === null ? null : BigInt(digits).toString(16).padStart(16, '0');
}

import type { CaptureEntry } from '../entry.ts';
import type { SourceFormat } from '../import/formats.ts';
import { TransferReport } from '../import/report.ts';
import { WRITERS } from './formats.ts';

/** What was written of some entries. */
export interface Exported {
  file: Uint8Array;
  report: TransferReport;
  /** How often each reason was met, of skips and notes alike. */
  counts: Record<string, number>;
}

/** Writes entries in a format. For tests. */
export function exported(format: SourceFormat, entries: readonly CaptureEntry[]): Exported {
  const report = new TransferReport();
  const writer = WRITERS[format](report);
  const pieces = [writer.begin(), ...entries.map((entry) => writer.write(entry)), writer.end()];
  const counts = Object.fromEntries([...report.skipped, ...report.noted].map(({ reason, count }) => [reason, count]));
  return { file: new Uint8Array(Buffer.concat(pieces)), report, counts };
}

/** An entry of a device that says nothing special, with what is given. */
export function anEntry(fields: Partial<CaptureEntry> = {}): CaptureEntry {
  return {
    at: Date.UTC(2026, 7, 21, 9, 18, 51, 250),
    direction: 'in',
    transport: 'tcp',
    listener: '5027',
    peer: '203.0.113.9:40122',
    sessionId: '00112233445566aa',
    protocol: 'teltonika',
    ident: null,
    dialect: null,
    bytes: Uint8Array.of(0, 15),
    ...fields,
  };
}

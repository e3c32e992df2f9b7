/** Adds up the ledger, and compares it with the journal of frames. Pure. */
import type { JournalLine, LedgerLine } from './stored.ts';
import type { Verdict } from './verdict.ts';

const COLUMNS = ['stored', 'duplicate', 'quarantined'] as const;

const nameOf = ({ listener, protocol }: ToldLine | LedgerLine | JournalLine): string => `${listener} ${protocol}`;

/** Frames acknowledged to trackers of one listener and protocol: so many the ledger must have at least. */
export interface ToldLine {
  listener: string;
  protocol: string;
  frames: number;
}

/**
 * Adds to a verdict each line that does not add up, each that says other than the journal `frames` (nothing is under way any more:
 * the gateway is at rest), and each that has fewer frames than trackers were told.
 */
export function judgeLedger(
  verdict: Verdict,
  ledger: readonly LedgerLine[],
  journal: readonly JournalLine[],
  told: readonly ToldLine[] = [],
): void {
  const lines = new Map(ledger.map((line) => [nameOf(line), line]));
  const rows = new Map(journal.map((line) => [nameOf(line), line]));
  for (const [name, { received, stored, duplicate, quarantined, refused, inFlight }] of lines) {
    const sum = stored + duplicate + quarantined + refused + inFlight;
    if (sum !== received) verdict.add('unbalanced', name, `received ${received}, of which the columns have ${sum}`);
    if (inFlight !== 0) verdict.add('unbalanced', name, `${inFlight} in flight at rest`);
  }
  for (const name of new Set([...lines.keys(), ...rows.keys()])) {
    for (const column of COLUMNS) {
      const [says, has] = [lines.get(name)?.[column] ?? 0, rows.get(name)?.[column] ?? 0];
      if (says !== has) verdict.add('unbalanced', name, `the ledger says ${says} ${column}, the journal has ${has}`);
    }
  }
  for (const line of told) {
    const { stored = 0, duplicate = 0, quarantined = 0 } = lines.get(nameOf(line)) ?? {};
    const settled = stored + duplicate + quarantined;
    if (settled < line.frames) verdict.add('unbalanced', nameOf(line), `${line.frames} acknowledged, ${settled} settled`);
  }
}

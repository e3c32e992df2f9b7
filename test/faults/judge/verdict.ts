import type { Findings } from '../result.ts';

/** A kind of broken promise. */
export type FindingKind = keyof Findings;

/** One broken promise, with what is needed to look for it. */
export interface Finding {
  kind: FindingKind;
  /** The tracker, or the listener and protocol of a ledger. */
  where: string;
  what: string;
}

/** What a judge has found. Counts go on where the examples end. */
export class Verdict {
  readonly findings: Findings = { lost: 0, duplicated: 0, altered: 0, reordered: 0, invented: 0, unbalanced: 0 };
  readonly examples: Finding[] = [];
  /** Records acknowledged that were looked for. A verdict over none says nothing. */
  acknowledged = 0;
  /** Frames acknowledged that were looked for in quarantine. */
  quarantined = 0;
  /** Rows looked at, as they lie in the table. */
  rows = 0;

  add(kind: FindingKind, where: string, what: string): void {
    this.findings[kind]++;
    if (this.examples.length < MOST_EXAMPLES) this.examples.push({ kind, where, what });
  }

  /** True where every promise held. */
  get isClean(): boolean {
    return Object.values(this.findings).every((count) => count === 0);
  }
}

const MOST_EXAMPLES = 50;

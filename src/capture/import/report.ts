import type { CaptureEntry } from '../entry.ts';
import { NOTES, SKIPS, type Note, type Skip } from './reasons.ts';

/** One place that a remark is about. */
export interface Example {
  /** Where: `line 12`, `packet 5`, `entry 3`. */
  where: string;
  /** What stands there, in words; empty where the reason says it all. */
  detail: string;
}

/** How often one reason was met, and its first places. */
export interface Remark {
  reason: Skip | Note;
  means: string;
  count: number;
  first: readonly Example[];
}

const EXAMPLES = 3;
const DETAIL_CHARACTERS = 120;

interface Tally {
  count: number;
  first: Example[];
}

/** What was taken of a source and what was not, and why. Its size is bounded, whatever the source holds. */
export class TransferReport {
  /** Entries given, and their bytes. */
  entries = 0;
  bytes = 0;
  readonly #skipped = new Map<Skip, Tally>();
  readonly #noted = new Map<Note, Tally>();

  /** Counts something that was not taken. */
  skip(reason: Skip, where: string, detail = ''): void {
    tally(this.#skipped, reason, where, detail);
  }

  /** Counts something that was taken with a doubt or a loss. */
  note(reason: Note, where: string, detail = ''): void {
    tally(this.#noted, reason, where, detail);
  }

  /** Counts an entry that was given. */
  count(entry: CaptureEntry): void {
    this.entries++;
    this.bytes += entry.bytes.length;
  }

  /** Ranges of a capture of our own do not hold: what was given is not all. */
  get isDamaged(): boolean {
    return this.#skipped.has('corrupt');
  }

  /** What was not taken, in the order in which the reasons were met. */
  get skipped(): Remark[] {
    return remarks(this.#skipped, SKIPS);
  }

  get noted(): Remark[] {
    return remarks(this.#noted, NOTES);
  }
}

function tally<Reason>(into: Map<Reason, Tally>, reason: Reason, where: string, detail: string): void {
  let found = into.get(reason);
  if (found === undefined) {
    found = { count: 0, first: [] };
    into.set(reason, found);
  }
  found.count++;
  if (found.first.length < EXAMPLES) found.first.push({ where, detail: shown(detail) });
}

/** A detail quotes the source: it is kept short, and without what would move a terminal's cursor. */
function shown(detail: string): string {
  const plain = detail.replaceAll(/[^\x20-\x7e]/g, '·');
  return plain.length > DETAIL_CHARACTERS ? `${plain.slice(0, DETAIL_CHARACTERS)}…` : plain;
}

function remarks<Reason extends Skip | Note>(
  from: ReadonlyMap<Reason, Tally>,
  words: Readonly<Record<Reason, string>>,
): Remark[] {
  return [...from].map(([reason, { count, first }]) => ({ reason, means: words[reason], count, first }));
}

import type { FrameOutcome } from '../../pipeline/ports.ts';
import { RowBinaryWriter } from './row-binary.ts';
import type { BatchFacts, FastTable } from './rows.ts';

/** Names a row of a table within a spool: position of its frame, and its number among the frame's rows. */
export type RowKey = number;

/** Rows of one frame at most: Teltonika's 255 records with a few events each stay far below. */
const ROWS_OF_A_FRAME = 0x1_0000;

export function rowKey(spoolSeq: number, rowIndex: number): RowKey {
  return spoolSeq * ROWS_OF_A_FRAME + rowIndex;
}

/** The row of a part: what is needed to leave it out, to send it alone, or to put its frame in quarantine. */
interface PartRow {
  key: RowKey;
  outcome: FrameOutcome;
  from: number;
  to: number;
}

/** Rows of one batch for one table and one month: what ClickHouse takes or refuses as a whole. */
export class Part {
  readonly table: FastTable;
  readonly batch: BatchFacts;
  readonly #writer: RowBinaryWriter;
  readonly #rows: PartRow[] = [];

  constructor(table: FastTable, batch: BatchFacts, texts: Map<string, Uint8Array>) {
    this.table = table;
    this.batch = batch;
    this.#writer = new RowBinaryWriter(texts);
  }

  /** Adds the row that `write` writes. */
  add(outcome: FrameOutcome, rowIndex: number, write: (out: RowBinaryWriter) => void): void {
    const from = this.#writer.length;
    write(this.#writer);
    this.#rows.push({ key: rowKey(outcome.seq, rowIndex), outcome, from, to: this.#writer.length });
  }

  get rows(): number {
    return this.#rows.length;
  }

  /** All rows. */
  all(): PartSelection {
    return new PartSelection(this, this.#rows, this.#writer);
  }
}

/** Some rows of a part, in order. */
export class PartSelection {
  readonly part: Part;
  readonly #rows: readonly PartRow[];
  readonly #writer: RowBinaryWriter;

  constructor(part: Part, rows: readonly PartRow[], writer: RowBinaryWriter) {
    this.part = part;
    this.#rows = rows;
    this.#writer = writer;
  }

  get rows(): number {
    return this.#rows.length;
  }

  /** Outcome of the only, or first, row. */
  get first(): FrameOutcome {
    return (this.#rows[0] as PartRow).outcome;
  }

  get keys(): RowKey[] {
    return this.#rows.map(({ key }) => key);
  }

  /** The rows as RowBinary. */
  bytes(): Uint8Array {
    const last = this.#rows.at(-1);
    const [first] = this.#rows;
    if (first === undefined || last === undefined) return new Uint8Array(0);
    const length = this.#rows.reduce((sum, row) => sum + row.to - row.from, 0);
    if (length === last.to - first.from) return this.#writer.bytes(first.from, last.to);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const { from, to } of this.#rows) {
      bytes.set(this.#writer.bytes(from, to), at);
      at += to - from;
    }
    return bytes;
  }

  /** The rows whose keys are not among these. */
  without(keys: ReadonlySet<RowKey>): PartSelection {
    return new PartSelection(
      this.part,
      this.#rows.filter(({ key }) => !keys.has(key)),
      this.#writer,
    );
  }

  /** Two halves of a selection of at least two rows. */
  halves(): [PartSelection, PartSelection] {
    const middle = this.#rows.length >> 1;
    return [
      new PartSelection(this.part, this.#rows.slice(0, middle), this.#writer),
      new PartSelection(this.part, this.#rows.slice(middle), this.#writer),
    ];
  }
}

import type { FastTable } from './columns.ts';
import type { RepeatedTexts } from './repeated-texts.ts';
import { RowBinaryWriter } from './row-binary.ts';
import type { BatchFacts, RowFrame } from './rows.ts';
import type { LandedRows, SeqRange } from './tables.ts';

/** Writes one row. */
export type WriteRow = (out: RowBinaryWriter) => void;

/** Rows of one batch for one table and one month: what ClickHouse takes or refuses as a whole. */
export class Part {
  readonly table: FastTable;
  readonly partition: number;
  readonly batch: BatchFacts;
  readonly #writer: RowBinaryWriter;
  // Row by row, side by side: an object for each row would weigh as much as the row.
  readonly #frames: RowFrame[] = [];
  readonly #rowIndexes: number[] = [];
  readonly #ends: number[] = [];

  constructor(table: FastTable, partition: number, batch: BatchFacts, texts: RepeatedTexts, expectedBytes = 0) {
    this.table = table;
    this.partition = partition;
    this.batch = batch;
    this.#writer = new RowBinaryWriter(texts, expectedBytes);
  }

  /**
   * Adds the row that `write` writes, and gives its size in bytes. `rowIndex` tells it from others of its frame in this table.
   * Where `write` throws, so does this, and the part is as it was.
   */
  add(frame: RowFrame, rowIndex: number, write: WriteRow): number {
    const from = this.#writer.length;
    try {
      write(this.#writer);
    } catch (error) {
      this.#writer.cutTo(from);
      throw error;
    }
    this.#frames.push(frame);
    this.#rowIndexes.push(rowIndex);
    this.#ends.push(this.#writer.length);
    return this.#writer.length - from;
  }

  /** All rows. */
  all(): PartSelection {
    return new PartSelection(this, [...this.#ends.keys()]);
  }

  /** Bytes of all rows. */
  get length(): number {
    return this.#writer.length;
  }

  frameAt(row: number): RowFrame {
    return this.#frames[row] as RowFrame;
  }

  rowIndexAt(row: number): number {
    return this.#rowIndexes[row] as number;
  }

  /** Where a row lies in the bytes. */
  startOf(row: number): number {
    return row === 0 ? 0 : (this.#ends[row - 1] as number);
  }

  endOf(row: number): number {
    return this.#ends[row] as number;
  }

  bytes(from: number, to: number): Uint8Array {
    return this.#writer.bytes(from, to);
  }
}

/** Some rows of a part, in order. */
export class PartSelection {
  readonly part: Part;
  readonly #rows: readonly number[];

  constructor(part: Part, rows: readonly number[]) {
    this.part = part;
    this.#rows = rows;
  }

  get rows(): number {
    return this.#rows.length;
  }

  /** Frame and number of the only, or first, row. */
  first(): { frame: RowFrame; rowIndex: number } {
    const [row = 0] = this.#rows;
    return { frame: this.part.frameAt(row), rowIndex: this.part.rowIndexAt(row) };
  }

  /** Positions of the frames the rows came from. */
  range(): SeqRange {
    const { part } = this;
    return { from: part.frameAt(this.#rows[0] ?? 0).seq, through: part.frameAt(this.#rows.at(-1) ?? 0).seq };
  }

  /** The rows as RowBinary. */
  bytes(): Uint8Array {
    const { part } = this;
    const [first] = this.#rows;
    const last = this.#rows.at(-1);
    if (first === undefined || last === undefined) return new Uint8Array(0);
    if (last - first + 1 === this.#rows.length) return part.bytes(part.startOf(first), part.endOf(last));
    const bytes = new Uint8Array(this.#rows.reduce((sum, row) => sum + part.endOf(row) - part.startOf(row), 0));
    let at = 0;
    for (const row of this.#rows) {
      bytes.set(part.bytes(part.startOf(row), part.endOf(row)), at);
      at += part.endOf(row) - part.startOf(row);
    }
    return bytes;
  }

  /** The rows that are not in the table yet. */
  without(landed: LandedRows): PartSelection {
    if (landed.size === 0) return this;
    const { part } = this;
    return new PartSelection(
      part,
      this.#rows.filter((row) => landed.get(part.frameAt(row).seq)?.has(part.rowIndexAt(row)) !== true),
    );
  }

  /** Two halves of a selection of at least two rows. */
  halves(): [PartSelection, PartSelection] {
    const middle = this.#rows.length >> 1;
    return [new PartSelection(this.part, this.#rows.slice(0, middle)), new PartSelection(this.part, this.#rows.slice(middle))];
  }
}

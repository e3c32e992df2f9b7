import type { FastTable } from './columns.ts';
import { elementsOf, type Runs } from './native/column.ts';
import { Block, type BlockSize, type ColumnsOf } from './native/block.ts';
import type { BatchFacts, RowFrame } from './rows.ts';
import type { LandedRows, SeqRange } from './tables.ts';

/** Puts the values of one row under its number. */
export type WriteRow<Table extends FastTable> = (columns: ColumnsOf<Table>, row: number) => void;

/** Rows of one batch for one table and one month: what ClickHouse takes or refuses as a whole. */
export class Part<Table extends FastTable = FastTable> {
  readonly table: Table;
  readonly partition: number;
  readonly batch: BatchFacts;
  readonly #block: Block<Table>;
  // Row by row, side by side: an object for each row would weigh as much as the row.
  readonly #frames: RowFrame[] = [];
  readonly #rowIndexes: number[] = [];

  constructor(table: Table, partition: number, batch: BatchFacts, expected?: BlockSize) {
    this.table = table;
    this.partition = partition;
    this.batch = batch;
    this.#block = new Block(table, expected);
    const { batch_id, spool_id } = (this.#block as unknown as Block<FastTable>).columns;
    batch_id.set(BigInt(batch.batchId));
    spool_id.set((BigInt(batch.spoolIdHi) << 32n) | BigInt(batch.spoolIdLo));
  }

  /**
   * Adds the row that `write` writes, and gives its size in bytes. `rowIndex` tells it from others of its frame in this table.
   * Where `write` throws, so does this, and the part is as it was.
   */
  add(frame: RowFrame, rowIndex: number, write: WriteRow<Table>): number {
    const { bytes } = this.#block;
    this.#block.add(write);
    this.#frames.push(frame);
    this.#rowIndexes.push(rowIndex);
    return this.#block.bytes - bytes;
  }

  /** All rows. */
  all(): PartSelection {
    return new PartSelection(this, this.rows === 0 ? [] : [[0, this.rows]]);
  }

  get rows(): number {
    return this.#frames.length;
  }

  get size(): BlockSize {
    return this.#block.size;
  }

  frameAt(row: number): RowFrame {
    return this.#frames[row] as RowFrame;
  }

  rowIndexAt(row: number): number {
    return this.#rowIndexes[row] as number;
  }

  encode(runs: Runs): Uint8Array {
    return this.#block.encode(runs);
  }
}

/** Some rows of a part, in order. */
export class PartSelection {
  readonly part: Part;
  readonly #runs: Runs;

  constructor(part: Part, runs: Runs) {
    this.part = part;
    this.#runs = runs;
  }

  get rows(): number {
    return elementsOf(this.#runs);
  }

  /** Frame and number of the only, or first, row. */
  first(): { frame: RowFrame; rowIndex: number } {
    const [[row] = [0]] = this.#runs;
    return { frame: this.part.frameAt(row), rowIndex: this.part.rowIndexAt(row) };
  }

  /** Positions of the frames the rows came from. */
  range(): SeqRange {
    const [, end] = this.#runs.at(-1) ?? [0, 1];
    return { from: this.first().frame.seq, through: this.part.frameAt(end - 1).seq };
  }

  /** The rows as a block of the Native format. */
  bytes(): Uint8Array {
    return this.part.encode(this.#runs);
  }

  /** The rows that are not in the table yet. */
  without(landed: LandedRows): PartSelection {
    if (landed.size === 0) return this;
    const { part } = this;
    const isMissing = (row: number): boolean => landed.get(part.frameAt(row).seq)?.has(part.rowIndexAt(row)) !== true;
    const runs: [from: number, to: number][] = [];
    for (const [from, to] of this.#runs) {
      for (let row = from; row < to; row++) {
        if (!isMissing(row)) continue;
        const last = runs.at(-1);
        if (last?.[1] === row) last[1] = row + 1;
        else runs.push([row, row + 1]);
      }
    }
    return new PartSelection(part, runs);
  }

  /** Two halves of a selection of at least two rows. */
  halves(): [PartSelection, PartSelection] {
    const left: [from: number, to: number][] = [];
    const right: [from: number, to: number][] = [];
    let wanted = this.rows >> 1;
    for (const [from, to] of this.#runs) {
      const middle = from + Math.min(wanted, to - from);
      if (middle > from) left.push([from, middle]);
      if (to > middle) right.push([middle, to]);
      wanted -= middle - from;
    }
    return [new PartSelection(this.part, left), new PartSelection(this.part, right)];
  }
}

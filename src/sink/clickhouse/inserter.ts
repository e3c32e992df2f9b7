import { setTimeout as pause } from 'node:timers/promises';
import type { FastTable } from './columns.ts';
import { describeRow } from './describe-row.ts';
import { judgeFailure, type InsertFailure } from './insert-errors.ts';
import { Part, type PartSelection } from './part.ts';
import { refusedRowIndex, writeQuarantine } from './rows.ts';
import type { LandedRows, Tables } from './tables.ts';

export interface InserterOptions {
  tables: Tables;
  retryMs: { first: number; last: number };
  /** Begins the names of this inserter's queries; unique among all that use the ClickHouse. */
  queryPrefix: string;
  /** Aborts waiting and retrying; what is under way is left to its outcome. */
  signal: AbortSignal;
  /** A try failed and will be made again, or rows are being divided to find the one that is refused. */
  onFailure: (failure: InsertFailure) => void;
  /** ClickHouse did as it was asked. */
  onAnswer: () => void;
  /** Rows went in; how long the insert took, ms. */
  onInserted: (table: FastTable, rows: number, ms: number) => void;
}

/**
 * Brings rows into ClickHouse, each once. After any failure it is unknown what landed: the end of the insert is awaited, and the
 * rows of the batch are looked up, before anything is sent again. A deduplication token would be simpler and can lose a batch
 * for ever (docs/decisions/0003-embedded-clickhouse.md).
 */
export class Inserter {
  readonly #options: InserterOptions;
  #queries = 0;

  constructor(options: InserterOptions) {
    this.#options = options;
  }

  /**
   * Inserts a part; resolves when every row of it is stored or in quarantine. Rejects only when aborted. `mayHaveLanded` says
   * that some of it may be in the table already.
   */
  async insert(part: Part, mayHaveLanded: boolean): Promise<void> {
    await this.#insert(part.all(), mayHaveLanded);
  }

  async #insert(given: PartSelection, mayHaveLanded: boolean): Promise<void> {
    const { signal, onFailure, onAnswer, retryMs } = this.#options;
    let rows = given;
    let inDoubt = mayHaveLanded;
    let delay = retryMs.first;
    let refusals = 0;
    while (rows.rows > 0) {
      signal.throwIfAborted();
      try {
        if (inDoubt) {
          rows = rows.without(await this.#landed(rows));
          onAnswer();
          inDoubt = false;
        }
        if (rows.rows > 0) await this.#send(rows);
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        const failure = judgeFailure(error);
        // Which column it is, the table's own check says.
        if (failure.code === 'sink_schema') await this.#check(rows.part.table);
        onFailure(failure);
        inDoubt = true;
        // A reason the quarantine refuses has nowhere else to go: its rows are tried again until somebody mends the table. And
        // a body that was cut off on its way reads like a bad row: one that is alone is put away only when refused twice.
        if (failure.kind === 'row' && rows.part.table !== 'quarantine' && (rows.rows > 1 || ++refusals > 1)) {
          await this.#divide(rows, failure);
          return;
        }
        // Full jitter: many gateways must not come back to a recovered server in step.
        await pause(delay * Math.random(), undefined, { signal });
        delay = Math.min(delay * 2, retryMs.last);
      }
    }
  }

  async #send(rows: PartSelection): Promise<void> {
    const { tables, onAnswer, onInserted } = this.#options;
    const { table } = rows.part;
    const startedAt = performance.now();
    await tables.insertRows(table, rows.bytes(), this.#prefixOf(rows.part) + this.#queries++);
    onAnswer();
    onInserted(table, rows.rows, performance.now() - startedAt);
  }

  /** Finds by halves the row that is refused; the others go in. */
  async #divide(rows: PartSelection, failure: InsertFailure): Promise<void> {
    if (rows.rows === 1) {
      await this.#quarantine(rows, failure);
      return;
    }
    // A table with other columns refuses every row: that is no reason to put any of them away.
    await this.#check(rows.part.table);
    const [left, right] = rows.halves();
    await this.#insert(left, true);
    await this.#insert(right, true);
  }

  /** Waits until the table has the columns that are written. */
  async #check(table: FastTable): Promise<void> {
    const { tables, signal, retryMs, onFailure } = this.#options;
    for (let delay = retryMs.first; ; delay = Math.min(delay * 2, retryMs.last)) {
      try {
        await tables.check(table);
        return;
      } catch (error) {
        onFailure(judgeFailure(error));
        await pause(delay * Math.random(), undefined, { signal });
      }
    }
  }

  async #quarantine(row: PartSelection, failure: InsertFailure): Promise<void> {
    const { table, batch, partition } = row.part;
    await this.#check(table);
    const { frame, rowIndex } = row.first();
    const detail = `ClickHouse refuses row ${rowIndex} of ${table}: ${failure.detail} The row: ${describeRow(row.bytes())}`;
    const quarantineIndex = refusedRowIndex(table, rowIndex);
    const part = new Part('quarantine', partition, batch);
    part.add(frame, quarantineIndex, (columns, at) =>
      writeQuarantine(columns, at, frame, { code: 'sink_rejected_row', detail }, quarantineIndex),
    );
    await this.#insert(part.all(), true);
  }

  /**
   * Which of these rows are in the table, once none of the part's inserts is under way any more. They are known by the position
   * of their frame and not by their batch: an earlier life of the gateway may have cut the batches otherwise.
   */
  async #landed(rows: PartSelection): Promise<LandedRows> {
    const { tables, retryMs, signal } = this.#options;
    await ended(tables, this.#prefixOf(rows.part), retryMs.first, signal);
    return tables.landed(rows.part.table, rows.part.batch, rows.range());
  }

  #prefixOf({ table, batch, partition }: Part): string {
    return `${this.#options.queryPrefix}${batch.batchId}-${table}-${partition}-`;
  }
}

/** Waits until no query is under way whose name begins so: what it leaves behind can then be counted. */
export async function ended(tables: Tables, queryIdPrefix: string, pollMs: number, signal: AbortSignal): Promise<void> {
  while (await tables.isUnderWay(queryIdPrefix)) await pause(pollMs, undefined, { signal });
}

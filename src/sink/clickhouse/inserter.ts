import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError } from '#errors/gateway-error';
import type { Connection } from './connection.ts';
import { judgeFailure, type InsertFailure } from './insert-errors.ts';
import { Part, rowKey, type PartSelection, type RowKey } from './part.ts';
import { COLUMNS, writeQuarantine, type FastTable } from './rows.ts';

export interface InserterOptions {
  connection: Connection;
  retryMs: { first: number; last: number };
  /** Aborts waiting and retrying; what is under way is left to its outcome. */
  signal: AbortSignal;
  /** A try failed and will be made again, or a row is being put in quarantine. */
  onFailure: (failure: InsertFailure) => void;
  /** Rows went in; how long the insert took, ms. */
  onInserted: (table: FastTable, rows: number, ms: number) => void;
}

/** Rows of a frame that ClickHouse refuses lie in quarantine above this index, beside the frame itself at 0. */
const REFUSED_ROWS_FROM = 0x8000;
/** Bits of a row's number that tell which row of the frame it was. */
const ROW_MASK = 0x3fff;

/**
 * Brings rows into ClickHouse, each once. After any failure it is unknown what landed, so the rows of the batch are looked up
 * before anything is sent again. A deduplication token would be simpler and can lose a batch for ever (docs/decisions/0003).
 */
export class Inserter {
  readonly #options: InserterOptions;

  constructor(options: InserterOptions) {
    this.#options = options;
  }

  /** Inserts a part; resolves when every row of it is stored or in quarantine. Rejects only when aborted. */
  async insert(part: Part): Promise<void> {
    await this.#insert(part.all(), false);
  }

  async #insert(given: PartSelection, mayHaveLanded: boolean): Promise<void> {
    const { signal, onFailure } = this.#options;
    let rows = given;
    let inDoubt = mayHaveLanded;
    let delay = this.#options.retryMs.first;
    while (rows.rows > 0) {
      signal.throwIfAborted();
      try {
        if (inDoubt) rows = rows.without(await this.#landed(rows.part));
        inDoubt = false;
        if (rows.rows > 0) await this.#send(rows);
        return;
      } catch (error) {
        const failure = judgeFailure(error);
        onFailure(failure);
        inDoubt = true;
        if (failure.kind === 'row') {
          await this.#divide(rows, failure);
          return;
        }
        // Full jitter: many gateways must not come back to a recovered server in step.
        await pause(delay * Math.random(), undefined, { signal });
        delay = Math.min(delay * 2, this.#options.retryMs.last);
      }
    }
  }

  async #send(rows: PartSelection): Promise<void> {
    const { table } = rows.part;
    const startedAt = performance.now();
    await this.#options.connection.insertRowBinary({
      table,
      columns: COLUMNS[table],
      bytes: rows.bytes(),
      queryId: randomUUID(),
    });
    this.#options.onInserted(table, rows.rows, performance.now() - startedAt);
  }

  /** Finds by halves the row that is refused; the others go in. */
  async #divide(rows: PartSelection, failure: InsertFailure): Promise<void> {
    if (rows.rows === 1) {
      await this.#quarantine(rows, failure);
      return;
    }
    const [left, right] = rows.halves();
    await this.#insert(left, true);
    await this.#insert(right, true);
  }

  async #quarantine(row: PartSelection, failure: InsertFailure): Promise<void> {
    const { table, batch } = row.part;
    if (table === 'quarantine') {
      // A reason the quarantine itself refuses would be asked about for ever.
      throw new GatewayError('bug_invariant', `the quarantine refuses a row: ${failure.detail}`);
    }
    const outcome = row.first;
    const [key = 0] = row.keys;
    const rowIndex = REFUSED_ROWS_FROM + (table === 'events' ? 0x4000 : 0) + (key & ROW_MASK);
    const part = new Part('quarantine', batch, new Map());
    const detail = `ClickHouse refuses row ${key % 0x1_0000} of ${table}: ${failure.detail}`;
    part.add(outcome, rowIndex, (out) => writeQuarantine(out, outcome, { code: 'sink_rejected_row', detail }, rowIndex, batch));
    await this.#insert(part.all(), true);
  }

  /** Keys of the rows of this batch that are in the table. */
  async #landed(part: Part): Promise<Set<RowKey>> {
    return landedRows(this.#options.connection, part.table, 'batch_id = {batch:UInt64} AND spool_id = {spool:UInt64}', {
      batch: part.batch.batchId,
      spool: spoolIdText(part.batch),
    });
  }
}

/** The 64 bits of a spool's id. */
export interface SpoolIdHalves {
  spoolIdHi: number;
  spoolIdLo: number;
}

/** A spool's id as ClickHouse reads a number. */
export function spoolIdText({ spoolIdHi, spoolIdLo }: SpoolIdHalves): string {
  return ((BigInt(spoolIdHi) << 32n) | BigInt(spoolIdLo)).toString();
}

/** Keys of the rows of a table for which a condition holds. */
export async function landedRows(
  connection: Connection,
  table: FastTable,
  condition: string,
  parameters: Record<string, unknown>,
): Promise<Set<RowKey>> {
  const sql = `SELECT toUInt64(spool_seq) AS seq, row_index FROM ${connection.database}.${table} WHERE ${condition}`;
  const rows = await connection.rows<{ seq: string; row_index: number }>(sql, parameters);
  return new Set(rows.map(({ seq, row_index }) => rowKey(Number(seq), row_index)));
}

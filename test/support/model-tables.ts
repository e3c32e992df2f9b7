import { ClickHouseError } from '@clickhouse/client';
import type { FastTable } from '../../src/sink/clickhouse/columns.ts';
import { readBlock } from '../../src/sink/clickhouse/native/read-block.ts';
import type { LandedRows, SeqRange, SpoolIdHalves, Tables } from '../../src/sink/clickhouse/tables.ts';

/**
 * What befalls a request: `ok`; `away` ClickHouse is not reached; `busy` it refuses for now; `lost` it does as asked and the
 * answer is lost; `late` the request fails for us and is carried out a few requests later; `cut` the body ends too early.
 */
export type Fate = 'ok' | 'away' | 'busy' | 'lost' | 'late' | 'cut';

interface Row {
  seq: number;
  rowIndex: number;
}

/**
 * ClickHouse as far as the sink's promise needs it: an insert goes in whole or not at all, and what the client hears of it may
 * be something else. For the property over failure schedules only; the engine itself stands in the flow tests.
 */
export class ModelTables implements Tables {
  readonly rows: Record<FastTable, Row[]> = { messages: [], frames: [], events: [], quarantine: [] };
  readonly #insertFates: Fate[];
  readonly #lookupFates: boolean[];
  readonly #isPoison: (table: FastTable, row: Row) => boolean;
  /** Inserts that fail for the client and are carried out after so many more requests. */
  #late: { queryId: string; requests: number; commit: () => void }[] = [];

  /** `inserts` befall the inserts, one after the other, and `lookups` tell which other requests fail; then all goes well. */
  constructor(inserts: readonly Fate[], lookups: readonly boolean[], isPoison: (table: FastTable, row: Row) => boolean) {
    this.#insertFates = [...inserts];
    this.#lookupFates = [...lookups];
    this.#isPoison = isPoison;
  }

  async insertRows(table: FastTable, bytes: Uint8Array, queryId: string): Promise<void> {
    const rows = read(bytes);
    await this.#tick();
    const fate = this.#insertFates.shift() ?? 'ok';
    if (fate === 'away') throw new Error('connect ECONNREFUSED');
    if (fate === 'busy') throw new ClickHouseError({ message: 'Too many parts', code: '252', type: 'TOO_MANY_PARTS' });
    if (fate === 'cut')
      throw new ClickHouseError({ message: 'Cannot read all data', code: '33', type: 'CANNOT_READ_ALL_DATA' });
    if (rows.some((row) => this.#isPoison(table, row))) {
      throw new ClickHouseError({ message: 'Constraint is violated', code: '469', type: 'VIOLATED_CONSTRAINT' });
    }
    const commit = (): void => void this.rows[table].push(...rows);
    if (fate === 'late') {
      this.#late.push({ queryId, requests: 3 + (bytes.length % 12), commit });
      throw new Error('Timeout error.');
    }
    commit();
    if (fate === 'lost') throw new Error('socket hang up');
  }

  async isUnderWay(queryIdPrefix: string): Promise<boolean> {
    await this.#request();
    return this.#late.some(({ queryId }) => queryId.startsWith(queryIdPrefix));
  }

  async lastLanded(table: FastTable, _spool: SpoolIdHalves, after: number): Promise<number> {
    await this.#request();
    return this.rows[table].reduce((last, { seq }) => (seq > after ? Math.max(last, seq) : last), 0);
  }

  async landed(table: FastTable, _spool: SpoolIdHalves, { from, through }: SeqRange): Promise<LandedRows> {
    await this.#request();
    const inRange = this.rows[table].filter(({ seq }) => seq >= from && seq <= through);
    const landed = new Map<number, Set<number>>();
    for (const { seq, rowIndex } of inRange) landed.set(seq, (landed.get(seq) ?? new Set()).add(rowIndex));
    return landed;
  }

  async check(): Promise<void> {
    await this.#request();
  }

  async insertObjects(): Promise<void> {
    await this.#request();
  }

  /** Any other request: it is answered or not. */
  async #request(): Promise<void> {
    await this.#tick();
    if (this.#lookupFates.shift() === true) throw new Error('read ECONNRESET');
  }

  /** Time passes with each request. */
  async #tick(): Promise<void> {
    await Promise.resolve();
    for (const late of this.#late) late.requests--;
    for (const { commit } of this.#late.filter(({ requests }) => requests <= 0)) commit();
    this.#late = this.#late.filter(({ requests }) => requests > 0);
  }
}

function read(bytes: Uint8Array): Row[] {
  const columns = new Map(readBlock(bytes).map(({ name, values }) => [name, values]));
  const rowIndexes = columns.get('row_index');
  return (columns.get('spool_seq') ?? []).map((seq, row) => ({ seq: Number(seq), rowIndex: Number(rowIndexes?.[row]) }));
}

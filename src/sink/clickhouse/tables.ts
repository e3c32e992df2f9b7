import { GatewayError } from '#errors/gateway-error';
import type { SpoolSeq } from '#model/frame-record';
import { columnNames, columnTypes, FAST_TABLES, type FastTable } from './columns.ts';
import type { Connection } from './connection.ts';

/** The 64 bits of a spool's id. */
export interface SpoolIdHalves {
  spoolIdHi: number;
  spoolIdLo: number;
}

/** Numbers of the rows that are in a table, by the position of their frame. */
export type LandedRows = ReadonlyMap<SpoolSeq, ReadonlySet<number>>;

/** Positions whose rows are asked for, both ends included. */
export interface SeqRange {
  from: SpoolSeq;
  through: SpoolSeq;
}

/** What the sink needs of ClickHouse. */
export interface Tables {
  /** Inserts a block of the Native format. `queryId` names the insert, so that its end can be awaited when its answer is lost. */
  insertRows(table: FastTable, bytes: Uint8Array, queryId: string): Promise<void>;
  /** Tells whether an insert is still under way whose name begins so, and asks for its end. */
  isUnderWay(queryIdPrefix: string): Promise<boolean>;
  /** The last position behind `after` that has a row in the table; 0 where there is none. */
  lastLanded(table: FastTable, spool: SpoolIdHalves, after: SpoolSeq): Promise<SpoolSeq>;
  landed(table: FastTable, spool: SpoolIdHalves, range: SeqRange): Promise<LandedRows>;
  /** Rejects with `sink_schema` where the columns are not those that are written. */
  check(table: FastTable): Promise<void>;
  /** Inserts rows given as objects; for the tables that get few. */
  insertObjects(table: string, rows: readonly object[]): Promise<void>;
}

/** The tables in a database of one ClickHouse. */
export class ClickHouseTables implements Tables {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  insertRows(table: FastTable, bytes: Uint8Array, queryId: string): Promise<void> {
    return this.#connection.insertNative({ table, columns: columnNames(table), bytes, queryId });
  }

  isUnderWay(queryIdPrefix: string): Promise<boolean> {
    return this.#connection.isUnderWay(queryIdPrefix);
  }

  async lastLanded(table: FastTable, spool: SpoolIdHalves, after: SpoolSeq): Promise<SpoolSeq> {
    const [last] = await this.#connection.rows<{ seq: string }>(
      `SELECT max(spool_seq) AS seq FROM ${this.#connection.database}.${table}
       WHERE spool_id = {spool:UInt64} AND spool_seq > {after:UInt64}`,
      { spool: spoolIdText(spool), after },
    );
    return Number(last?.seq ?? 0);
  }

  async landed(table: FastTable, spool: SpoolIdHalves, { from, through }: SeqRange): Promise<LandedRows> {
    const rows = await this.#connection.rows<{ spool_seq: string; row_index: number | string }>(
      `SELECT spool_seq, row_index FROM ${this.#connection.database}.${table}
       WHERE spool_id = {spool:UInt64} AND spool_seq BETWEEN {from:UInt64} AND {through:UInt64}`,
      { spool: spoolIdText(spool), from, through },
    );
    const landed = new Map<SpoolSeq, Set<number>>();
    for (const { spool_seq, row_index } of rows) {
      const seq = Number(spool_seq);
      const numbers = landed.get(seq) ?? new Set();
      landed.set(seq, numbers.add(Number(row_index)));
    }
    return landed;
  }

  async check(table: FastTable): Promise<void> {
    const { database } = this.#connection;
    const found = await this.#connection.rows<{ name: string; type: string }>(
      'SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}',
      { database, table },
    );
    const types = new Map(found.map(({ name, type }) => [name, type]));
    for (const [name, type] of columnTypes(table)) {
      const is = types.get(name);
      if (is !== type) {
        const detail = `${database}.${table}.${name} is ${is ?? 'missing'}, this version writes ${type}`;
        throw new GatewayError('sink_schema', detail);
      }
    }
  }

  insertObjects(table: string, rows: readonly object[]): Promise<void> {
    return this.#connection.insertObjects(table, rows);
  }
}

/** Checks all tables that are written. Rejects with `sink_schema`. */
export async function checkAll(tables: Tables): Promise<void> {
  for (const table of FAST_TABLES) await tables.check(table);
}

function spoolIdText({ spoolIdHi, spoolIdLo }: SpoolIdHalves): string {
  return ((BigInt(spoolIdHi) << 32n) | BigInt(spoolIdLo)).toString();
}

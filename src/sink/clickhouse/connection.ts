import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createClient, ClickHouseError, type ClickHouseClient } from '@clickhouse/client';

/** How ClickHouse is reached. */
export interface ConnectionOptions {
  /** Where it answers. Asked before each request: a restart may move the embedded engine. */
  url: string | (() => string);
  database: string;
  username?: string;
  password?: string;
  /** Headers of every request: the embedded engine's secret. */
  headers?: Record<string, string>;
  requestTimeoutMs: number;
  /** Requests under way at a time. */
  connections: number;
  /** Settings of every query. */
  settings?: Readonly<Record<string, string | number>>;
}

/**
 * Settings of an insert of rows. Its block is not collapsed by the table's rules: that took a third of the engine's time for it, and finds
 * only what a device sent twice within one batch, which merges and `FINAL` collapse with all else that was sent again.
 */
export const INSERTING = { wait_end_of_query: 1, optimize_on_insert: 0 } as const;
/** A column of another type than its block says is an error, as a column that is missing is: not a reason to store something else. */
const AS_DECLARED = { input_format_native_allow_types_conversion: 0 } as const;

/** An insert of rows that are a block of the Native format already. */
export interface NativeInsert {
  table: string;
  /** Names of the columns, as a statement lists them. */
  columns: string;
  bytes: Uint8Array;
  /** Names the query in ClickHouse, so that its end can be awaited when its answer is lost. */
  queryId: string;
}

/** One ClickHouse over HTTP, whether a server or the embedded engine. */
export class Connection {
  readonly database: string;
  readonly #options: ConnectionOptions;
  #client: ClickHouseClient;
  #url: string;

  constructor(options: ConnectionOptions) {
    this.database = options.database;
    this.#options = options;
    this.#url = urlOf(options);
    this.#client = clientOf(options, this.#url);
  }

  /** True where it answers. Never rejects. */
  async answers(): Promise<boolean> {
    const ping = await this.#reach().ping();
    return ping.success;
  }

  /** Runs a statement that gives no rows. */
  async command(sql: string, parameters: Record<string, unknown> = {}): Promise<void> {
    await this.#reach().command({ query: sql, query_params: parameters });
  }

  /** Runs a statement whose unqualified names belong to a database. */
  async commandIn(database: string, sql: string): Promise<void> {
    await this.#reach().command({ query: sql, http_headers: { 'X-ClickHouse-Database': database } });
  }

  /** Runs a query and gives its rows as objects. */
  async rows<Row>(sql: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    const result = await this.#reach().query({ query: sql, query_params: parameters, format: 'JSONEachRow' });
    return result.json<Row>();
  }

  /** Runs a query and gives its rows as they come, so that an answer of any length fits. */
  async *stream<Row>(
    sql: string,
    parameters: Record<string, unknown> = {},
    settings: Record<string, string | number> = {},
  ): AsyncGenerator<Row> {
    const result = await this.#reach().query({
      query: sql,
      query_params: parameters,
      format: 'JSONEachRow',
      clickhouse_settings: settings,
    });
    for await (const rows of result.stream<Row>()) for (const row of rows) yield row.json<Row>();
  }

  /** Inserts rows; resolves when they are in. The answer comes whole or not at all: an error in its middle would go unseen. */
  async insertNative({ table, columns, bytes, queryId }: NativeInsert): Promise<void> {
    const result = await this.#reach().exec({
      query: `INSERT INTO ${this.database}.${table} (${columns}) FORMAT Native`,
      values: Readable.from([bytes], { objectMode: false }),
      query_id: queryId,
      clickhouse_settings: { ...INSERTING, ...AS_DECLARED },
    });
    await buffer(result.stream);
  }

  /** Inserts rows given as objects; for the tables that get few. */
  async insertObjects(table: string, rows: readonly object[]): Promise<void> {
    await this.#reach().insert({ table: `${this.database}.${table}`, values: rows, format: 'JSONEachRow' });
  }

  /**
   * Tells whether a query is still under way whose id begins so, after asking for its end. A server that does not let its users
   * look is held to have none. Rejects where ClickHouse does not answer.
   */
  async isUnderWay(queryIdPrefix: string): Promise<boolean> {
    const parameters = { prefix: queryIdPrefix };
    try {
      await this.command('KILL QUERY WHERE startsWith(query_id, {prefix:String}) ASYNC', parameters).catch(unlessForbidden);
      const [row] = await this.rows<{ n: string }>(
        'SELECT count() AS n FROM system.processes WHERE startsWith(query_id, {prefix:String})',
        parameters,
      );
      return Number(row?.n) > 0;
    } catch (error) {
      unlessForbidden(error);
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #reach(): ClickHouseClient {
    const url = urlOf(this.#options);
    if (url !== this.#url) {
      void this.#client.close();
      this.#url = url;
      this.#client = clientOf(this.#options, url);
    }
    return this.#client;
  }
}

const ACCESS_DENIED = '497';

function unlessForbidden(error: unknown): void {
  if (!(error instanceof ClickHouseError) || error.code !== ACCESS_DENIED) throw error;
}

function urlOf({ url }: ConnectionOptions): string {
  return typeof url === 'string' ? url : url();
}

function clientOf(options: ConnectionOptions, url: string): ClickHouseClient {
  return createClient({
    url,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.headers === undefined ? {} : { http_headers: options.headers }),
    request_timeout: options.requestTimeoutMs,
    max_open_connections: options.connections,
    compression: { request: false, response: false },
    // Its messages repeat what comes back as an error.
    log: { level: 127 },
    // Numbers of 64 bits come as text: JSON's are exact only up to 2^53.
    clickhouse_settings: { async_insert: 0, output_format_json_quote_64bit_integers: 1, ...options.settings },
  });
}

import { Readable } from 'node:stream';
import { createClient, type ClickHouseClient } from '@clickhouse/client';

/** How ClickHouse is reached. */
export interface ConnectionOptions {
  url: string;
  database: string;
  username?: string;
  password?: string;
  /** Headers of every request: the embedded engine's secret. */
  headers?: Record<string, string>;
  requestTimeoutMs: number;
  /** Requests under way at a time. */
  connections: number;
}

/** One ClickHouse over HTTP, whether a server or the embedded engine. */
export class Connection {
  readonly #client: ClickHouseClient;
  readonly database: string;

  constructor(options: ConnectionOptions) {
    this.database = options.database;
    this.#client = createClient({
      url: options.url,
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
      ...(options.headers === undefined ? {} : { http_headers: options.headers }),
      request_timeout: options.requestTimeoutMs,
      max_open_connections: options.connections,
      compression: { request: false, response: false },
      // Its messages repeat what comes back as an error.
      log: { level: 127 },
      // Numbers of 64 bits come as text: JSON's are exact only up to 2^53.
      clickhouse_settings: { async_insert: 0, output_format_json_quote_64bit_integers: 1 },
    });
  }

  /** True where it answers. Never rejects. */
  async answers(): Promise<boolean> {
    const ping = await this.#client.ping();
    return ping.success;
  }

  /** Runs a statement that gives no rows. */
  async command(sql: string, parameters: Record<string, unknown> = {}): Promise<void> {
    await this.#client.command({ query: sql, query_params: parameters });
  }

  /** Runs a statement whose unqualified names belong to a database. */
  async commandIn(database: string, sql: string): Promise<void> {
    await this.#client.command({ query: sql, http_headers: { 'X-ClickHouse-Database': database } });
  }

  /** Runs a query and gives its rows as objects. */
  async rows<Row>(sql: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    const result = await this.#client.query({ query: sql, query_params: parameters, format: 'JSONEachRow' });
    return result.json<Row>();
  }

  /** Inserts rows that are RowBinary already. */
  async insertRowBinary(table: string, columns: string, bytes: Uint8Array): Promise<void> {
    const result = await this.#client.exec({
      query: `INSERT INTO ${this.database}.${table} (${columns}) FORMAT RowBinary`,
      values: Readable.from([bytes], { objectMode: false }),
    });
    result.stream.resume();
    await new Promise((resolve, reject) => {
      result.stream.once('end', resolve);
      result.stream.once('error', reject);
    });
  }

  /** Inserts rows given as objects; for the tables that get few. */
  async insertObjects(table: string, rows: readonly object[]): Promise<void> {
    await this.#client.insert({ table: `${this.database}.${table}`, values: rows, format: 'JSONEachRow' });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

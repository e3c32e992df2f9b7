/** What the readers of stored data need of ClickHouse. */
export interface Rows {
  /** Runs a query, whose values are `{name:Type}`, and gives its rows; numbers of 64 bits come as text. */
  rows<Row>(sql: string, parameters?: Record<string, unknown>): Promise<Row[]>;
}

/**
 * ClickHouse by itself, with the gateway's tables and settings: it is given rows that were built before the clock runs, two inserts at a time,
 * and nothing else is to be done. Told by its arguments the folder, how long, and the records of a frame; sends what it found to its parent.
 */
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import { ClickHouse } from '../../src/sink/clickhouse/clickhouse.ts';
import { columnNames, type FastTable } from '../../src/sink/clickhouse/columns.ts';
import { INSERTING } from '../../src/sink/clickhouse/connection.ts';
import { isPinned, GENERATOR_PROCESSOR, unpin } from '../load/pinning.ts';
import { childrenOf, processorUs } from '../load/processor-time.ts';
import { prebuiltBatches, renew } from './prebuilt-rows.ts';

/** What ClickHouse takes when that is all there is to do. */
export interface ClickHouseRate {
  /** Rows of `messages` a second; those of `frames` went in beside them. */
  messagesPerSecond: number;
  /** Processor time of the engine for a row of messages, us. */
  engineUs: number;
}

const MESSAGES_OF_A_BATCH = 10_000;
const BATCHES = 8;
const IN_FLIGHT = 2;
const DEVICES = 1_000;
const WARM_UP_MS = 2_000;

const [directory = '', milliseconds = '5000', recordsPerFrame = '10'] = process.argv.slice(2);
const clickhouse = await ClickHouse.open({
  mode: 'embedded',
  dir: directory,
  database: 'odograph',
  username: '',
  password: '',
  memoryBytes: 2 * 2 ** 30,
  requestTimeoutMs: 60_000,
  insertsInFlight: IN_FLIGHT,
});
// Who fills it goes to where load generators are; the engine goes where there is room, as that of a gateway under load does.
if (isPinned) execFileSync('taskset', ['-a', '-c', '-p', GENERATOR_PROCESSOR, String(process.pid)], { stdio: 'ignore' });
for (const child of childrenOf(process.pid)) unpin(child);
const { url = '', headers = {} } = clickhouse.engine?.endpoint ?? {};
// The sink's own connection sends columns: rows are sent by a client that is set up as its is.
const client = createClient({
  url,
  http_headers: headers,
  request_timeout: 60_000,
  max_open_connections: IN_FLIGHT,
  compression: { request: false, response: false },
  clickhouse_settings: { async_insert: 0 },
});
const batches = prebuiltBatches(BATCHES, MESSAGES_OF_A_BATCH, Number(recordsPerFrame), DEVICES);
let stored = 0;
let queries = 0;
const over = new AbortController();
// A batch belongs to one insert at a time.
const fillers = Array.from({ length: IN_FLIGHT }, (_, filler) => fill(batches.filter((_batch, i) => i % IN_FLIGHT === filler)));
await pause(WARM_UP_MS);
const [before, engineBefore, begun] = [stored, engineUs(), performance.now()];
await pause(Number(milliseconds));
const [messages, spentUs, seconds] = [stored - before, engineUs() - engineBefore, (performance.now() - begun) / 1_000];
over.abort();
await Promise.all(fillers);
await client.close();
await clickhouse.close();
const found: ClickHouseRate = { messagesPerSecond: messages / seconds, engineUs: spentUs / messages };
process.send?.(found, () => process.exit(0));

async function fill(own: ReturnType<typeof prebuiltBatches>): Promise<void> {
  for (let turn = 0; !over.signal.aborted; turn++) {
    const batch = own[turn % own.length] as (typeof own)[number];
    for (const { table, bytes } of batch.parts) await insert(table, bytes);
    stored += batch.messages;
    renew(batch, (BATCHES * MESSAGES_OF_A_BATCH) / DEVICES);
  }
}

async function insert(table: FastTable, bytes: Uint8Array): Promise<void> {
  const result = await client.exec({
    query: `INSERT INTO odograph.${table} (${columnNames(table)}) FORMAT RowBinary`,
    values: Readable.from([bytes], { objectMode: false }),
    query_id: `load-${process.pid}-${queries++}`,
    clickhouse_settings: INSERTING,
  });
  await buffer(result.stream);
}

function engineUs(): number {
  return childrenOf(process.pid).reduce((sum, child) => sum + processorUs(child), 0);
}

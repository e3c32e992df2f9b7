import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouse } from '../../src/sink/clickhouse/clickhouse.ts';
import type { SinkOptions } from '../../src/sink/clickhouse/sink.ts';
import { NOON } from './outcomes.ts';
import { removeFolder } from './remove-folder.ts';

/** A ClickHouse of a test file's own: the real engine with the real tables, in a folder that goes with it. */
export interface EmbeddedClickHouse {
  clickhouse: ClickHouse;
  remove: () => Promise<void>;
}

export async function openEmbedded(): Promise<EmbeddedClickHouse> {
  const directory = mkdtempSync(join(tmpdir(), 'odograph-sink-'));
  const clickhouse = await ClickHouse.open({
    mode: 'embedded',
    dir: directory,
    database: 'odograph',
    username: '',
    password: '',
    memoryBytes: 1_000_000_000,
    requestTimeoutMs: 20_000,
    insertsInFlight: 2,
  });
  const remove = async (): Promise<void> => {
    await clickhouse.close();
    removeFolder(directory);
  };
  return { clickhouse, remove };
}

/** A sink that stores soon what it is given, half a second after noon. */
export const SINK_OF_TESTS: Omit<SinkOptions, 'tables'> = {
  spoolId: 'fedcba9876543210',
  storedThrough: 0,
  batchRows: 1_000,
  batchAgeMs: 50,
  inFlight: 2,
  waitingRows: 20_000,
  retryMs: { first: 20, last: 200 },
  now: () => NOON + 500,
};

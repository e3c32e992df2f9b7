import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouse } from '../../src/sink/clickhouse/clickhouse.ts';
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

/**
 * A gateway reduced to its sink and its checkpoint: stores numbered outcomes in the embedded engine of the directory given, from
 * behind the checkpoint on, until it is killed or has stored the last. It says `open` and `done` on stdout.
 */
import { readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ClickHouse } from '../../src/sink/clickhouse/clickhouse.ts';
import { frameOutcome } from '../support/outcomes.ts';

const [directory = '', last = '0'] = process.argv.slice(2);
const LAST = Number(last);
const checkpointPath = join(directory, 'checkpoint');

function readCheckpoint(): number {
  try {
    return Number(readFileSync(checkpointPath, 'utf8'));
  } catch {
    return 0;
  }
}

const clickhouse = await ClickHouse.open({
  mode: 'embedded',
  dir: join(directory, 'clickhouse'),
  database: 'odograph',
  username: '',
  password: '',
  memoryBytes: 1_000_000_000,
  requestTimeoutMs: 20_000,
  insertsInFlight: 2,
});
const storedThrough = readCheckpoint();
const sink = await clickhouse.openSink({
  spoolId: 'fedcba9876543210',
  storedThrough,
  // Each life cuts its batches otherwise.
  batchRows: 500 + Math.floor(Math.random() * 3_000),
  batchAgeMs: 20 + Math.floor(Math.random() * 100),
  inFlight: 2,
  waitingRows: 20_000,
  retryMs: { first: 20, last: 200 },
  now: Date.now,
});
sink.onStored((through) => {
  // A checkpoint may lag behind by any amount, never run ahead.
  if (Math.random() < 0.3) return;
  writeFileSync(`${checkpointPath}.new`, String(through));
  renameSync(`${checkpointPath}.new`, checkpointPath);
});
writeSync(1, 'open\n');
for (let seq = storedThrough + 1; seq <= LAST; seq++) {
  if (sink.full) await sink.room();
  sink.put(frameOutcome(seq, 1 + (seq % 4)));
  if (seq % 64 === 0) await pause(1);
}
await sink.flush(AbortSignal.timeout(60_000));
writeFileSync(checkpointPath, String(sink.storedThrough));
sink.close();
await clickhouse.close();
writeSync(1, 'done\n');

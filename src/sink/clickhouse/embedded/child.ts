/**
 * The embedded engine's process: runs the real ClickHouse HTTP server out of chdb's library.
 *
 * `chdb_query_cmdline` is the `clickhouse local` of that library, and its `SYSTEM START LISTEN HTTP` serves the genuine HTTP
 * interface. The engine has a thread of its own; this event loop only watches. Stopping is crash-only: the engine's tables
 * survive a SIGKILL by design, and an orderly exit hangs in the library's `atexit`.
 */
import { createRequire } from 'node:module';
import { setPriority } from 'node:os';
import { DataType, load, open } from 'ffi-rs';

/**
 * How much the engine stands back behind the gateway where both want the processor (`nice`): devices wait for their acks, and nobody for a
 * merge. It still gets a tenth of a processor that is never idle.
 */
const NICENESS = 10;

/** What the parent is told: why the engine ended by itself. */
export type EngineReport = { ended: string };

const [argumentsJson = '[]'] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { libchdbPath } = require('chdb/libchdb') as { libchdbPath: () => string };

// Its threads are begun below, and have it from here.
setPriority(NICENESS);
const end = (): void => void process.kill(process.pid, 'SIGKILL');
process.on('disconnect', end);
// Ctrl-C reaches the whole foreground group, and systemd's SIGTERM the whole service: the gateway drains first, for which it
// needs us, and ends us itself. If it dies, the channel to it closes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// The gateway may have died while this file was being loaded, before anybody listened.
if (!process.connected) end();

open({ library: 'chdb', path: libchdbPath() });
load({
  library: 'chdb',
  funcName: 'chdb_set_signal_handlers_enabled',
  retType: DataType.Void,
  paramsType: [DataType.I32],
  paramsValue: [0],
});
const words = JSON.parse(argumentsJson) as string[];
const running = load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [words.length, words],
  runInNewThread: true,
});
const result = await running;
const why = load({
  library: 'chdb',
  funcName: 'chdb_result_error',
  retType: DataType.String,
  paramsType: [DataType.External],
  paramsValue: [result],
});
process.send?.({ ended: why } satisfies EngineReport, end);

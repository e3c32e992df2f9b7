/** A process of its own that owns an embedded engine, to be killed: prints the engine's process id and then waits. */
import { Engine } from '../../src/sink/clickhouse/embedded/engine.ts';

const [directory = ''] = process.argv.slice(2);
const engine = await Engine.start({ directory, memoryBytes: 1_000_000_000 });
process.stdout.write(`${engine.pid}\n`);

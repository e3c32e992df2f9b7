import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import type { Bench, Figure } from '../frame/bench.ts';
import { processorUs } from '../load/processor-time.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Where the program keeps what Node has made of its sources. */
const CACHE = join(ROOT, 'node_modules/.cache/odograph');
const RETRY_MS = 2;
/** The start goes on behind the first ack, and the next one is to find all of it kept. */
const WHOLE_START_MS = 3_000;

const FIX = { lat: 40.4, lon: -3.7, valid: true, altitudeM: 650, speedKmh: 0, courseDeg: 0, satellites: 9 };

/** How long a program took to do something, and the processor time it spent until then. */
interface Took {
  ms: number;
  processorMs: number;
}

/** Tries until the port takes a box, and gives back when its frame is acknowledged. */
async function acknowledged(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.setNoDelay(true);
      socket.write(encodeLogin('356307042441013'));
      await once(socket, 'data');
      socket.write(encodeFrame({ codec: '8', records: [{ deviceTime: Date.now(), fix: FIX, io: [] }] }));
      await once(socket, 'data');
      return;
    } catch {
      await pause(RETRY_MS);
    } finally {
      socket.destroy();
    }
  }
}

function run(...words: string[]): ChildProcess {
  const program = ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/main.ts'), ...words];
  return spawn(process.execPath, program, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Starts a gateway as `npm start` does. */
async function firstFrame(dataDir: string): Promise<Took> {
  const port = await freePort();
  const listeners = [{ name: 'trackers', host: '127.0.0.1', port, protocols: ['teltonika', 'astra-telematics'] }];
  const own = ['--log-format', 'json', '--admin-port', '0', '--set', 'api.port=0'];
  const begun = performance.now();
  const gateway = run('serve', '--data-dir', dataDir, ...own, '--set', `listeners=${JSON.stringify(listeners)}`);
  try {
    await acknowledged(port);
    const took = { ms: performance.now() - begun, processorMs: processorUs(gateway.pid ?? 0) / 1_000 };
    await pause(WHOLE_START_MS);
    return took;
  } finally {
    gateway.kill('SIGTERM');
    await once(gateway, 'exit');
  }
}

async function commandMs(...words: string[]): Promise<number> {
  const begun = performance.now();
  await once(run(...words), 'exit');
  return performance.now() - begun;
}

function figure(name: string, value: number, target?: number): Figure {
  return { name, value, unit: 'ms', better: 'less', ...(target === undefined ? {} : { target }) };
}

export const BENCHES: readonly Bench[] = [
  {
    name: 'start/first-frame',
    about:
      'From the launch of a gateway with an empty spool to its first acknowledged frame, and what the command line takes to answer.',
    seconds: 20,
    run: async ({ directory }) => {
      rmSync(CACHE, { recursive: true, force: true });
      const fresh = await firstFrame(join(directory, 'data'));
      const later = await firstFrame(join(directory, 'data'));
      const other = await firstFrame(join(directory, 'other'));
      await commandMs('trackers', 'list', '--data-dir', join(directory, 'data'));
      const listed = await commandMs('trackers', 'list', '--data-dir', join(directory, 'data'));
      return [
        figure('very first start: no data, nothing kept of the sources', fresh.ms, 1_000),
        figure('very first start: processor time', fresh.processorMs),
        figure('empty spool', other.ms, 1_000),
        figure('empty spool: processor time', other.processorMs),
        figure('data of an earlier run', later.ms, 1_000),
        figure('odograph trackers list', listed),
      ];
    },
  },
];

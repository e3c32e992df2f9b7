import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const root = join(import.meta.dirname, '../..');
let dir = '';
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'odograph-serve-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  removeFolder(dir);
});

interface Line {
  msg: string;
  port?: number;
  listener?: string;
}

/** A gateway in a process of its own, as an operator starts it. */
class Served {
  readonly exit: Promise<number | null>;
  readonly lines: Line[] = [];
  stderr = '';
  readonly #child: ChildProcess;
  #news = Promise.withResolvers<void>();

  constructor(...words: string[]) {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts', 'serve', ...words], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] },
    });
    children.push(child);
    this.#child = child;
    this.exit = once(child, 'exit').then(([code]) => code as number | null);
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    createInterface(child.stdout).on('line', (text) => {
      this.lines.push(JSON.parse(text) as Line);
      this.#news.resolve();
      this.#news = Promise.withResolvers();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for the log line with this message. */
  async line(msg: string): Promise<Line> {
    for (;;) {
      const found = this.lines.find((line) => line.msg === msg);
      if (found !== undefined) return found;
      const ended = await Promise.race([this.#news.promise.then(() => false), this.exit.then(() => true)]);
      if (ended) throw new Error(`it ended without saying "${msg}": ${this.stderr}`);
    }
  }
}

function configFile(extra = ''): string {
  const path = join(dir, 'odograph.yaml');
  const listener = '{name: trackers, host: 127.0.0.1, port: 0, protocols: [teltonika]}';
  writeFileSync(path, `dataDir: ${join(dir, 'data')}\nlisteners: [${listener}]\nadmin: {port: 0}\napi: {port: 0}\n${extra}`);
  return path;
}

test('serve says where it listens, is ready, answers on its admin port, and ends orderly on Ctrl-C', async () => {
  const gateway = new Served('--config', configFile());
  expect((await gateway.line('listening')).listener).toBe('trackers');
  const { port } = await gateway.line('admin port open');
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }]);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toContain('odograph_connections{listener="trackers"} 0');
  await gateway.line('ClickHouse is ready');
  // A Ctrl-C comes twice where npm is in between; it is one.
  gateway.kill('SIGINT');
  gateway.kill('SIGINT');
  expect(await gateway.exit).toBe(0);
  expect(gateway.lines.at(-1)?.msg).toBe('stopped');
});

test('the first start shows a key that opens everything on the terminal, once; the log never has it', async () => {
  const config = configFile('log: {format: json}\nclickhouse: {mode: server, url: "http://127.0.0.1:1"}\n');
  const [log, pid] = [join(dir, 'log'), join(dir, 'pid')];
  const logged = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  const key = /odo_[0-9a-f]{12}_[\w-]{43}/;
  const start = (): { shown: string; child: ChildProcess } => {
    const command = `echo $$ > ${pid}; exec ${process.execPath} --disable-warning=ExperimentalWarning src/main.ts serve --config ${config} > ${log}`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const started = { shown: '', child };
    child.stdout.on('data', (chunk: Buffer) => (started.shown += chunk.toString()));
    return started;
  };
  const killed = (child: ChildProcess) => {
    process.kill(Number(readFileSync(pid, 'utf8')), 'SIGKILL');
    return once(child, 'exit');
  };
  const first = start();
  await until('a key is shown', () => key.test(first.shown), 20_000);
  const [secret] = key.exec(first.shown) ?? [];
  expect(readFileSync(join(dir, 'data/admin-key'), 'utf8').trim()).toBe(secret);
  // The log is written by and by.
  await until('the log says that there is one', () => logged().includes('made the first key'), 20_000);
  expect(logged()).not.toMatch(key);
  await killed(first.child);
  // What the first has left must not be taken for the second's.
  for (const left of [log, pid]) rmSync(left);
  const second = start();
  await until('it runs again', () => logged().includes('admin port open'), 20_000);
  await killed(second.child);
  expect(second.shown + logged()).not.toMatch(key);
});

test('a second gateway on the same spool ends with 69 and says why', async () => {
  const config = configFile();
  const first = new Served('--config', config);
  await first.line('listening');
  const second = new Served('--config', config);
  expect(await second.exit).toBe(69);
  expect(second.stderr).toContain('spool_locked');
});

test('a port that is taken ends with 69', async () => {
  const first = new Served('--config', configFile());
  const { port } = await first.line('listening');
  const listeners = JSON.stringify([{ name: 'trackers', host: '127.0.0.1', port, protocols: ['teltonika'] }]);
  const second = new Served('--config', configFile(), '--data-dir', join(dir, 'other'), '--set', `listeners=${listeners}`);
  expect(await second.exit).toBe(69);
  expect(second.stderr).toContain('listener_bind');
});

test('a wrong configuration ends with 78 before anything is opened', async () => {
  const gateway = new Served('--config', configFile('limits: {connections: none}\nspool: {retentionMs: -1}\n'));
  expect(await gateway.exit).toBe(78);
  expect(gateway.stderr.match(/\[config_invalid\]/g)).toHaveLength(3);
  expect(gateway.lines).toEqual([]);
  expect(existsSync(join(dir, 'data'))).toBe(false);
});

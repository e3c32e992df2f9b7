import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { removeFolder } from './remove-folder.ts';

const BROKER = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].find((path) => existsSync(path));
const PUBLISHER = ['/usr/bin/mosquitto_pub', '/usr/local/bin/mosquitto_pub'].find((path) => existsSync(path));

/** Tells whether Debian's mosquitto and its clients are installed, and says so where they are not. */
export const haveMosquitto = BROKER !== undefined && PUBLISHER !== undefined;
if (!haveMosquitto) process.stderr.write('mosquitto is not installed: the tests that need it and its clients are skipped\n');

/** Debian's mosquitto on a port of the loopback address. */
export class Mosquitto {
  readonly port: number;
  readonly #directory: string;
  #child: ChildProcess | null = null;

  private constructor(port: number, settings: readonly string[]) {
    this.port = port;
    this.#directory = mkdtempSync(join(tmpdir(), 'odograph-mosquitto-'));
    const lines = ['persistence false', 'log_type none', `listener ${port} 127.0.0.1`, 'allow_anonymous true', ...settings];
    writeFileSync(join(this.#directory, 'mosquitto.conf'), `${lines.join('\n')}\n`);
  }

  /** Starts it, with more lines for its configuration, which apply to its listener. */
  static async start(...settings: string[]): Promise<Mosquitto> {
    const broker = new Mosquitto(await freePort(), settings);
    await broker.run();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Starts it again after `kill`. It remembers nothing. */
  async run(): Promise<void> {
    this.#child = spawn(BROKER as string, ['-c', join(this.#directory, 'mosquitto.conf')], { stdio: 'ignore' });
    while (!(await answers(this.port))) {
      if (this.#child.exitCode !== null) throw new Error(`mosquitto ended with ${this.#child.exitCode}`);
      await pause(10);
    }
  }

  /** Has it read its configuration and its passwords again. */
  reload(): void {
    this.#child?.kill('SIGHUP');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    removeFolder(this.#directory);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Runs mosquitto_pub with QoS 1. Resolves when it has its PUBACK, rejects with what it complains of. */
export async function mosquittoPub(port: number, topic: string, payload: Uint8Array, ...words: string[]): Promise<void> {
  const common = ['-h', '127.0.0.1', '-p', String(port), '-t', topic, '-q', '1', '-s'];
  const child = promisify(execFile)(PUBLISHER as string, [...common, ...words]);
  child.child.stdin?.end(payload);
  await child;
}

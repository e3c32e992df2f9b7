import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './waiting.ts';

export interface Injection {
  /** System calls to be looked at, as strace takes them. */
  trace: string;
  /** What befalls which of them: `fdatasync:error=EIO`. */
  inject: readonly string[];
  /** Only calls on this file; all where it is left out. */
  path?: string;
}

/** System calls of a running process that are made to fail or to wait, below everything that the process is made of. */
export class Strace {
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, directory: string) {
    this.#child = child;
    this.#directory = directory;
  }

  /** Resolves when the calls of the process are looked at. */
  static async attach(pid: number, { trace, inject, path }: Injection): Promise<Strace> {
    const directory = mkdtempSync(join(tmpdir(), 'odograph-strace-'));
    const words = ['-f', '-y', '-p', String(pid), '-o', join(directory, 'calls'), '-e', `trace=${trace}`];
    for (const each of inject) words.push('-e', `inject=${each}`);
    if (path !== undefined) words.push('-P', path);
    const child = spawn('strace', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('strace is attached', () => {
      if (child.exitCode !== null) throw new Error(`strace ended: ${said}`);
      return said.includes('attached');
    });
    return new Strace(child, directory);
  }

  /** The calls so far, as strace writes them. */
  get calls(): string[] {
    return readFileSync(join(this.#directory, 'calls'), 'utf8').split('\n');
  }

  /** Leaves the process alone from here on. Gives all calls. */
  async detach(): Promise<string[]> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await ended;
    const { calls } = this;
    rmSync(this.#directory, { recursive: true });
    return calls;
  }
}

/** Whether strace is installed and may be used; where not, it is said why the tests that need it are skipped. */
export const haveStrace = ((): boolean => {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'pipe' });
    return true;
  } catch (error) {
    process.stderr.write(`strace cannot be used, the tests of a failing disk are skipped: ${String(error)}\n`);
    return false;
  }
})();

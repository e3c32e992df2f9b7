import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIBRARY = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));

/** Whether Debian's libfaketime is installed, and says so where it is not. */
export const haveFaketime = LIBRARY !== undefined;
if (!haveFaketime) process.stderr.write('libfaketime is not installed: the tests of a clock that jumps are skipped\n');

/** The wall clock of a process, to be moved while it runs. Its monotonic clock, which timers go by, stays as it is. */
export class MovedClock {
  readonly #directory = mkdtempSync(join(tmpdir(), 'odograph-clock-'));

  constructor() {
    this.moveTo(0);
  }

  /** Words before those that start the process. */
  get through(): string[] {
    const settings = {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
    return ['env', ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)];
  }

  /** Has the clock be wrong by so much from here on, ms. */
  moveTo(offsetMs: number): void {
    const next = `${this.#file}.next`;
    writeFileSync(next, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / 1_000}\n`);
    renameSync(next, this.#file);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#directory, 'offset');
  }
}

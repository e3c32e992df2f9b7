import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own with a size, in memory. Only root may make one. */
export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static mount(sizeBytes: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), 'odograph-small-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'odograph-faults', path], { stdio: 'pipe' });
    } catch (error) {
      rmSync(path, { recursive: true });
      throw error;
    }
    return new SmallDisk(path);
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Has a file take all the room that is left, as another program would. Gives what takes it away again. */
  fill(): () => void {
    const path = join(this.path, 'of-another-program');
    try {
      writeFileSync(path, Buffer.alloc(this.freeBytes + 1_000_000, 0x61));
    } catch {
      // As far as there was room.
    }
    return () => rmSync(path);
  }

  remove(): void {
    execFileSync('umount', ['--lazy', this.path], { stdio: 'pipe' });
    rmSync(this.path, { recursive: true });
  }
}

/** Whether this process may mount a file system; where not, it is said why the tests that need one are skipped. */
export const canMount = ((): boolean => {
  try {
    SmallDisk.mount(1_000_000).remove();
    return true;
  } catch (error) {
    process.stderr.write(`no file system can be mounted, the tests of a full disk are skipped: ${String(error)}\n`);
    return false;
  }
})();

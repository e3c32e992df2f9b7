import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { isOutOfRoom, type Disk } from './disk.ts';

const FILE = 'reserve';
/** Bytes kept, the most first: where there is no room for so many, fewer serve too. */
const SIZES = [64 * 1024, 16 * 1024];

/**
 * Bytes on the disk that nobody uses. On a full disk only a checkpoint makes room, since it lets stored segments go, and it needs
 * room itself: this is where it gets it from.
 */
export class Reserve {
  readonly #disk: Disk;
  readonly #path: string;
  #isKept: boolean;

  private constructor(disk: Disk, path: string, isKept: boolean) {
    this.#disk = disk;
    this.#path = path;
    this.#isKept = isKept;
  }

  /** Finds what an earlier life has kept. */
  static async find(disk: Disk, directory: string): Promise<Reserve> {
    const isKept = (await disk.list(directory)).includes(FILE);
    return new Reserve(disk, join(directory, FILE), isKept);
  }

  /** Keeps bytes aside where none are, as many as there is room for. Never rejects. */
  async keep(): Promise<void> {
    for (const size of this.#isKept ? [] : SIZES) {
      this.#isKept = await this.#write(size);
      if (this.#isKept) return;
      await this.#disk.unlink(this.#path).catch(() => undefined);
    }
  }

  /** Does work that may find no room: a second time then, in that of the reserve, which is kept again afterwards. */
  async lend(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isOutOfRoom(error) || !this.#isKept) throw error;
      await this.#disk.unlink(this.#path);
      this.#isKept = false;
      await work();
    } finally {
      await this.keep();
    }
  }

  async #write(size: number): Promise<boolean> {
    try {
      const file = await this.#disk.create(this.#path);
      try {
        // A file system that compresses would keep nothing aside for zeros.
        await file.write(randomBytes(size), 0);
      } finally {
        await file.close();
      }
      return true;
    } catch {
      return false;
    }
  }
}

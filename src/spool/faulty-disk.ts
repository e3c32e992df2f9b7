import type { Disk, DiskFile } from './disk.ts';
import { nodeDisk } from './disk.ts';

/** Makes an error as the operating system would. */
export function errnoError(errno: string): Error {
  return Object.assign(new Error(`${errno}: injected`), { code: errno });
}

/**
 * A real disk that can be told to hold or fail what is asked of it, so that tests see what the gateway does meanwhile.
 * Syncs are those of files; the syncs of directories always go through.
 */
export class FaultyDisk implements Disk {
  /** Paths of the files whose sync was asked for, whether held, failed or done. */
  readonly synced: string[] = [];
  /** File writes asked for. */
  writes = 0;
  readonly #disk: Disk;
  #held: (() => void)[] | null = null;
  #nextSyncError: Error | null = null;
  #writeErrno: string | null = null;
  #readErrno: string | null = null;

  constructor(disk: Disk = nodeDisk) {
    this.#disk = disk;
  }

  /** From here on a sync neither succeeds nor fails until `releaseSyncs`. */
  holdSyncs(): void {
    this.#held ??= [];
  }

  /** Lets the syncs that were held happen, and those that come. */
  releaseSyncs(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const go of held) go();
  }

  /** The next sync fails without reaching the disk. */
  failNextSync(error: Error = errnoError('EIO')): void {
    this.#nextSyncError = error;
  }

  /** Writes fail in the middle, half of their bytes written, until called with `null`. */
  failWrites(errno: string | null): void {
    this.#writeErrno = errno;
  }

  /** Reads fail until called with `null`. */
  failReads(errno: string | null): void {
    this.#readErrno = errno;
  }

  makeDirectory(path: string): Promise<void> {
    return this.#disk.makeDirectory(path);
  }

  list(directory: string): Promise<string[]> {
    return this.#disk.list(directory);
  }

  async create(path: string): Promise<DiskFile> {
    return this.#wrap(path, await this.#disk.create(path));
  }

  async open(path: string, access: 'read' | 'write'): Promise<DiskFile> {
    return this.#wrap(path, await this.#disk.open(path, access));
  }

  readWhole(path: string): Promise<Uint8Array | null> {
    return this.#disk.readWhole(path);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#disk.rename(from, to);
  }

  unlink(path: string): Promise<void> {
    return this.#disk.unlink(path);
  }

  syncDirectory(path: string): Promise<void> {
    return this.#disk.syncDirectory(path);
  }

  #wrap(path: string, file: DiskFile): DiskFile {
    return {
      write: async (bytes, position) => {
        this.writes++;
        if (this.#writeErrno === null) return file.write(bytes, position);
        await file.write(bytes.subarray(0, bytes.length >> 1), position);
        throw errnoError(this.#writeErrno);
      },
      datasync: () => this.#sync(path, file),
      read: async (into, position) => {
        if (this.#readErrno !== null) throw errnoError(this.#readErrno);
        return file.read(into, position);
      },
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      sizeBytes: () => file.sizeBytes(),
      close: () => file.close(),
    };
  }

  async #sync(path: string, file: DiskFile): Promise<void> {
    this.synced.push(path);
    const held = this.#held;
    if (held !== null) await new Promise<void>((resolve) => held.push(resolve));
    const error = this.#nextSyncError;
    if (error !== null) {
      this.#nextSyncError = null;
      throw error;
    }
    await file.datasync();
  }
}

import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, unlink, type FileHandle } from 'node:fs/promises';

/** A file the spool writes at its end or reads anywhere. Every promise rejects with the error of the operating system. */
export interface DiskFile {
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Resolves when everything written is on the disk itself. */
  datasync(): Promise<void>;
  /** Reads at `position`; fewer bytes than `into` holds only at the end of the file. Gives how many. */
  read(into: Uint8Array, position: number): Promise<number>;
  truncate(sizeBytes: number): Promise<void>;
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}

/** All the spool asks of a file system: small enough to be wrapped by one that fails on demand. */
export interface Disk {
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory, in no order. */
  list(directory: string): Promise<string[]>;
  /** Makes a new file; rejects with `EEXIST` where there is one. */
  create(path: string): Promise<DiskFile>;
  /** Opens a file that is there. */
  open(path: string, access: 'read' | 'write'): Promise<DiskFile>;
  /** Reads a small file whole; `null` where there is none. */
  readWhole(path: string): Promise<Uint8Array | null>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the names in a directory durable: a synced file that no directory names is lost all the same. */
  syncDirectory(path: string): Promise<void>;
}

/** Tells the operating system's name of an error, `ENOSPC`; empty where it has none. */
function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Tells whether an error says that the disk, or this user's part of it, is full: that it may not be for ever. */
export function isOutOfRoom(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(errnoOf(error));
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  datasync(): Promise<void> {
    return this.#handle.datasync();
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.#handle.read(into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#handle.truncate(sizeBytes);
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = constants;

/** The machine's own file system. */
export const nodeDisk: Disk = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true });
  },
  list: (directory) => readdir(directory),
  async create(path) {
    return new NodeFile(await open(path, O_CREAT | O_EXCL | O_RDWR, 0o640));
  },
  async open(path, access) {
    return new NodeFile(await open(path, access === 'read' ? O_RDONLY : O_RDWR));
  },
  async readWhole(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  },
  rename,
  unlink,
  async syncDirectory(path) {
    const handle = await open(path, O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

import { basename } from 'node:path';
import type { Disk, DiskFile } from '../../src/spool/disk.ts';

/** A disk in memory: no file of a spool outlives its fuzz input. Names are those of files in one folder. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();

  makeDirectory(): Promise<void> {
    return Promise.resolve();
  }
  list(): Promise<string[]> {
    return Promise.resolve([...this.files.keys()]);
  }
  create(path: string): Promise<DiskFile> {
    this.files.set(basename(path), new Uint8Array());
    return this.open(path);
  }
  open(path: string): Promise<DiskFile> {
    return Promise.resolve(new MemoryFile(this.files, basename(path)));
  }
  readWhole(path: string): Promise<Uint8Array | null> {
    return Promise.resolve(this.files.get(basename(path)) ?? null);
  }
  rename(from: string, to: string): Promise<void> {
    this.files.set(basename(to), this.files.get(basename(from)) ?? new Uint8Array());
    this.files.delete(basename(from));
    return Promise.resolve();
  }
  unlink(path: string): Promise<void> {
    this.files.delete(basename(path));
    return Promise.resolve();
  }
  syncDirectory(): Promise<void> {
    return Promise.resolve();
  }
}

class MemoryFile implements DiskFile {
  readonly #files: Map<string, Uint8Array>;
  readonly #name: string;

  constructor(files: Map<string, Uint8Array>, name: string) {
    this.#files = files;
    this.#name = name;
  }

  get #bytes(): Uint8Array {
    return this.#files.get(this.#name) ?? new Uint8Array();
  }
  write(bytes: Uint8Array, position: number): Promise<void> {
    const whole = new Uint8Array(Math.max(this.#bytes.length, position + bytes.length));
    whole.set(this.#bytes);
    whole.set(bytes, position);
    this.#files.set(this.#name, whole);
    return Promise.resolve();
  }
  datasync(): Promise<void> {
    return Promise.resolve();
  }
  read(into: Uint8Array, position: number): Promise<number> {
    const bytes = this.#bytes.subarray(position, position + into.length);
    into.set(bytes);
    return Promise.resolve(bytes.length);
  }
  truncate(sizeBytes: number): Promise<void> {
    this.#files.set(this.#name, this.#bytes.slice(0, sizeBytes));
    return Promise.resolve();
  }
  sizeBytes(): Promise<number> {
    return Promise.resolve(this.#bytes.length);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

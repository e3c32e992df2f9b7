import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nodeDisk, type Disk, type DiskFile } from './disk.ts';

/** What was asked of a file and is not synced: bytes at a place, or a new length. */
type Change = { at: number; bytes: Uint8Array } | { sizeBytes: number };

/** A file, whatever its name. */
interface Inode {
  /** What a loss of power leaves for certain. */
  synced: Uint8Array;
  changes: Change[];
}

/** A name that a file has got, from another or anew, or that is gone. */
interface NameChange {
  name: string;
  from?: string;
  inode: Inode | null;
}

/** The names and bytes of a directory. */
export type Image = ReadonlyMap<string, Uint8Array>;

/** What a process leaves that dies: files as programs see them, and what of that is synced. */
export interface Killed {
  image: Image;
  files: ReadonlyMap<string, Inode>;
  syncedNames: ReadonlyMap<string, Inode>;
  nameChanges: NameChange[];
}

/** How the range of a file is left that was written and not synced. */
export const TORN = ['gone', 'zeros', 'garbage', 'in part', 'whole'] as const;
export type Torn = (typeof TORN)[number];

/**
 * A real directory that also knows what of it would be there after a loss of power: for each file what was written when its last sync
 * began, and the names as they were when the directory was synced last. Of what came later, a disk may have anything.
 */
export class PowerCutDisk implements Disk {
  /** Called before and after each thing that is asked of the disk. */
  onStep: () => void = () => undefined;
  readonly #files = new Map<string, Inode>();
  readonly #syncedNames = new Map<string, Inode>();
  #nameChanges: NameChange[] = [];

  /** What is in the directory is taken for synced, as it is after a loss of power; `killed` tells of what is not. */
  constructor(directory: string, killed?: Killed) {
    for (const name of killed === undefined ? readdirSync(directory) : []) {
      const inode: Inode = { synced: readFileSync(join(directory, name)), changes: [] };
      this.#files.set(name, inode);
      this.#syncedNames.set(name, inode);
    }
    if (killed === undefined) return;
    for (const [name, inode] of killed.files) this.#files.set(name, inode);
    for (const [name, inode] of killed.syncedNames) this.#syncedNames.set(name, inode);
    this.#nameChanges = killed.nameChanges;
  }

  /** What a loss of power leaves now; `random` gives numbers from 0 to 1. */
  cut(torn: Torn, random: () => number): Image {
    const names = new Map(this.#syncedNames);
    // A journal keeps the order of what it is told: some of the names, the oldest first.
    const kept = Math.floor(random() * (this.#nameChanges.length + 1));
    for (const change of this.#nameChanges.slice(0, kept)) rename(names, change);
    return new Map([...names].map(([name, inode]) => [name, tear(inode, torn, random)]));
  }

  /** What the death of the process leaves now: the kernel has everything, and the disk what it had. */
  kill(): Killed {
    const copies = new Map<Inode, Inode>();
    const copyOf = (inode: Inode): Inode => {
      const copy = copies.get(inode) ?? { ...inode, changes: [...inode.changes] };
      copies.set(inode, copy);
      return copy;
    };
    const copied = (names: ReadonlyMap<string, Inode>): Map<string, Inode> =>
      new Map([...names].map(([name, inode]) => [name, copyOf(inode)]));
    const nameChanges = this.#nameChanges.map((change) => ({
      ...change,
      inode: change.inode === null ? null : copyOf(change.inode),
    }));
    const image = new Map([...this.#files].map(([name, { synced, changes }]) => [name, applied(synced, changes)]));
    return { image, files: copied(this.#files), syncedNames: copied(this.#syncedNames), nameChanges };
  }

  makeDirectory(path: string): Promise<void> {
    return nodeDisk.makeDirectory(path);
  }

  list(directory: string): Promise<string[]> {
    return nodeDisk.list(directory);
  }

  async create(path: string): Promise<DiskFile> {
    this.onStep();
    const file = await nodeDisk.create(path);
    const inode: Inode = { synced: new Uint8Array(), changes: [] };
    this.#rename({ name: basename(path), inode });
    return this.#wrap(file, inode);
  }

  async open(path: string, access: 'read' | 'write'): Promise<DiskFile> {
    const file = await nodeDisk.open(path, access);
    const inode = this.#files.get(basename(path));
    if (inode === undefined) throw new Error(`${path} was not made by this disk`);
    return this.#wrap(file, inode);
  }

  readWhole(path: string): Promise<Uint8Array | null> {
    return nodeDisk.readWhole(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.onStep();
    await nodeDisk.rename(from, to);
    const inode = this.#files.get(basename(from));
    if (inode !== undefined) this.#rename({ from: basename(from), name: basename(to), inode });
  }

  async unlink(path: string): Promise<void> {
    this.onStep();
    await nodeDisk.unlink(path);
    this.#rename({ name: basename(path), inode: null });
  }

  async syncDirectory(path: string): Promise<void> {
    const asked = this.#nameChanges.length;
    this.onStep();
    await nodeDisk.syncDirectory(path);
    for (const change of this.#nameChanges.splice(0, asked)) rename(this.#syncedNames, change);
    this.onStep();
  }

  #rename(change: NameChange): void {
    this.#nameChanges.push(change);
    rename(this.#files, change);
    this.onStep();
  }

  #wrap(file: DiskFile, inode: Inode): DiskFile {
    return {
      write: async (bytes, position) => {
        this.onStep();
        inode.changes.push({ at: position, bytes: bytes.slice() });
        await file.write(bytes, position);
        this.onStep();
      },
      datasync: async () => {
        const asked = inode.changes.length;
        this.onStep();
        await file.datasync();
        inode.synced = applied(inode.synced, inode.changes.splice(0, asked));
        this.onStep();
      },
      read: (into, position) => file.read(into, position),
      truncate: async (sizeBytes) => {
        this.onStep();
        inode.changes.push({ sizeBytes });
        await file.truncate(sizeBytes);
      },
      sizeBytes: () => file.sizeBytes(),
      close: () => file.close(),
    };
  }
}

function rename(names: Map<string, Inode>, { name, from, inode }: NameChange): void {
  if (from !== undefined) names.delete(from);
  if (inode === null) names.delete(name);
  else names.set(name, inode);
}

function applied(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  let result = bytes;
  for (const change of changes) {
    const sizeBytes = 'sizeBytes' in change ? change.sizeBytes : Math.max(result.length, change.at + change.bytes.length);
    const next = new Uint8Array(sizeBytes);
    next.set(result.subarray(0, sizeBytes));
    if ('bytes' in change) next.set(change.bytes, change.at);
    result = next;
  }
  return result;
}

function tear({ synced, changes }: Inode, torn: Torn, random: () => number): Uint8Array {
  if (torn === 'gone') return synced;
  if (torn === 'whole') return applied(synced, changes);
  const kept = changes.flatMap((change): Change[] => {
    if ('sizeBytes' in change) return random() < 0.5 ? [change] : [];
    const { at, bytes } = change;
    if (torn === 'in part') return [{ at, bytes: bytes.subarray(0, Math.floor(random() * (bytes.length + 1))) }];
    return [{ at, bytes: torn === 'zeros' ? new Uint8Array(bytes.length) : bytes.map(() => Math.floor(random() * 256)) }];
  });
  return applied(synced, kept);
}

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FrameRecord } from '#model/frame-record';
import type { SpoolEntry } from '../pipeline/ports.ts';
import { type Disk, type DiskFile, nodeDisk } from './disk.ts';
import { SpoolHistory } from './history.ts';
import { openSpool, type Spool } from './spool.ts';
import { makeRecord, range, readNumbers } from './spool-fixture.ts';

const GONE = 'WBA00000000000001';
const LEFT = 'WBA00000000000002';

let directory: string;
let spool: Spool;
let faults: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-scrub-'));
  faults = [];
});
afterEach(async () => {
  await spool.close();
  rmSync(directory, { recursive: true });
});

async function start(disk: Disk = nodeDisk): Promise<void> {
  spool = await openSpool({
    directory,
    segmentBytes: 1_500,
    budgetBytes: 1e9,
    retention: { ageMs: 1e9, bytes: 1e9 },
    now: Date.now,
    onFault: (code) => faults.push(code),
    disk,
    tailBytes: 0,
    retryMs: { first: 1, last: 4 },
  });
}

/** Every third record is of the vehicle that is to go. */
function recordOf(n: number): FrameRecord {
  return { ...makeRecord(n, 60), ident: n % 3 === 0 ? GONE : LEFT };
}

async function append(from: number, through: number): Promise<void> {
  for (const n of range(from, through)) {
    await new Promise<void>((resolve, reject) => spool.append(recordOf(n), resolve, () => reject(new Error('lost'))));
  }
}

const store = (seq: number): Promise<void> => spool.writeCheckpoint({ seq, ledger: null });

function tombstone({ record }: SpoolEntry): FrameRecord | null {
  if (record.ident !== GONE) return null;
  return { ...record, ident: null, fault: 'consent_withdrawn', frame: new Uint8Array() };
}

/** Files of the spool in which the vehicle is named. */
function filesNaming(ident: string): string[] {
  return readdirSync(directory).filter((name) => readFileSync(join(directory, name)).includes(ident));
}

/** Numbers of all records on the disk, with whether each is a tombstone. */
async function onDisk(): Promise<{ numbers: number[]; tombstones: number[]; corrupt: number }> {
  const history = await SpoolHistory.open(directory);
  const [numbers, tombstones]: [number[], number[]] = [[], []];
  for await (const { entry } of history.records()) {
    numbers.push(entry.seq);
    if (entry.record.fault === 'consent_withdrawn') tombstones.push(entry.seq);
  }
  await history.close();
  return { numbers, tombstones, corrupt: history.report.corruptRanges };
}

const thirds = (through: number): number[] => range(1, through).filter((n) => n % 3 === 0);

describe('a scrub', () => {
  it('takes a vehicle out of every stored segment, the one that was written to included, and nothing else', async () => {
    await start();
    await append(1, 40);
    await store(40);
    expect(filesNaming(GONE).length).toBeGreaterThan(3);
    const report = await spool.scrub(tombstone, 0, Infinity);
    expect(report).toMatchObject({ through: 40, records: 13, corruptBytes: 0 });
    expect(filesNaming(GONE)).toEqual([]);
    expect(await onDisk()).toEqual({ numbers: range(1, 40), tombstones: thirds(40), corrupt: 0 });
    await append(41, 50);
    expect(spool.stats().totalBytes).toBe(
      readdirSync(directory)
        .filter((name) => name.endsWith('.spool'))
        .reduce((sum, name) => sum + readFileSync(join(directory, name)).length, 0),
    );
    expect(await readNumbers(spool.reader(41), 10)).toEqual(range(41, 50));
    expect(faults).toEqual([]);
  });

  it('leaves alone what is not stored yet, and takes it once it is', async () => {
    await start();
    await append(1, 40);
    await store(20);
    const first = await spool.scrub(tombstone, 0, Infinity);
    expect(first.through).toBeLessThanOrEqual(20);
    expect((await onDisk()).tombstones).toEqual(thirds(first.through));
    await store(40);
    await spool.scrub(tombstone, first.through, Infinity);
    expect((await onDisk()).tombstones).toEqual(thirds(40));
  });

  it('does nothing a second time', async () => {
    await start();
    await append(1, 30);
    await store(30);
    await spool.scrub(tombstone, 0, Infinity);
    const before = await onDisk();
    expect(await spool.scrub(tombstone, 0, Infinity)).toMatchObject({ rewritten: 0, records: 0 });
    expect(await onDisk()).toEqual(before);
  });

  it('lets a reader that is inside of a segment read on, and another one begin', async () => {
    await start();
    await append(1, 40);
    await store(40);
    const reader = spool.reader(1);
    expect(await readNumbers(reader, 2, 1)).toEqual([1, 2]);
    await spool.scrub(tombstone, 0, Infinity);
    const rest: number[] = [];
    while (rest.length < 38) rest.push(...((await reader.next(7)) ?? []).map(({ seq }) => seq));
    expect(rest).toEqual(range(3, 40));
    expect((await spool.reader(1).next(1))?.[0]?.seq).toBe(1);
    expect(faults).toEqual([]);
  });

  it('takes frames in meanwhile', async () => {
    await start();
    await append(1, 40);
    await store(40);
    const [report] = await Promise.all([spool.scrub(tombstone, 0, 40), append(41, 80)]);
    expect(report.through).toBe(40);
    expect(await onDisk()).toMatchObject({ numbers: range(1, 80), corrupt: 0 });
  });
});

/** A disk that dies before its n-th step: nothing is done from then on, as after a kill. */
class DyingDisk implements Disk {
  steps = 0;
  dies = Infinity;

  #step<Result>(work: () => Promise<Result>): Promise<Result> {
    if (++this.steps >= this.dies) return Promise.reject(new Error('dead'));
    return work();
  }

  makeDirectory = (path: string): Promise<void> => nodeDisk.makeDirectory(path);
  list = (path: string): Promise<string[]> => nodeDisk.list(path);
  readWhole = (path: string): Promise<Uint8Array | null> => nodeDisk.readWhole(path);
  create = (path: string): Promise<DiskFile> => this.#step(async () => this.#wrap(await nodeDisk.create(path)));
  open = (path: string, access: 'read' | 'write'): Promise<DiskFile> =>
    this.#step(async () => this.#wrap(await nodeDisk.open(path, access)));
  rename = (from: string, to: string): Promise<void> => this.#step(() => nodeDisk.rename(from, to));
  unlink = (path: string): Promise<void> => this.#step(() => nodeDisk.unlink(path));
  syncDirectory = (path: string): Promise<void> => this.#step(() => nodeDisk.syncDirectory(path));

  #wrap(file: DiskFile): DiskFile {
    return {
      write: (bytes, position) =>
        this.#step(async () => {
          // It may die in the middle of a write, too.
          if (this.steps + 1 >= this.dies) await file.write(bytes.subarray(0, bytes.length >> 1), position);
          else await file.write(bytes, position);
        }),
      datasync: () => this.#step(() => file.datasync()),
      truncate: (size) => this.#step(() => file.truncate(size)),
      read: (into, position) => this.#step(() => file.read(into, position)),
      sizeBytes: () => file.sizeBytes(),
      close: () => file.close(),
    };
  }
}

describe('a scrub that is killed', () => {
  it('at any of its steps leaves every record in its place, and is finished by the next one', async () => {
    let died = 0;
    for (let at = 1; ; at++) {
      rmSync(directory, { recursive: true });
      const disk = new DyingDisk();
      await start(disk);
      await append(1, 20);
      await store(20);
      disk.steps = 0;
      disk.dies = at;
      const isDone = await spool.scrub(tombstone, 0, Infinity).then(
        () => true,
        () => false,
      );
      disk.dies = 1;
      await spool.close();
      faults = [];
      await start();
      expect(spool.recovered).toMatchObject({ corruptRanges: 0, missingSegments: 0 });
      const { numbers, corrupt } = await onDisk();
      expect([numbers, corrupt], `killed at step ${at}`).toEqual([range(1, 20), 0]);
      expect(readdirSync(directory).filter((name) => name.endsWith('.scrub'))).toEqual([]);
      await spool.scrub(tombstone, 0, Infinity);
      expect((await onDisk()).tombstones).toEqual(thirds(20));
      expect(filesNaming(GONE)).toEqual([]);
      await spool.close();
      if (isDone) break;
      died++;
    }
    expect(died).toBeGreaterThan(20);
  });
});

/**
 * The power goes, again and again, at any step of what the spool asks of its disk: what was not synced is gone, or zeros, or garbage.
 * Between the cuts the process dies alone, so that the kernel still has what the disk has not.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SpoolEntry } from '../pipeline/ports.ts';
import { PowerCutDisk, TORN, type Image, type Killed } from './power-cut-disk.ts';
import { openSpool, type Spool } from './spool.ts';
import { frameOf, makeRecord } from './spool-fixture.ts';

const LIVES = 6;
/** Steps of a life, at most: the fewest end while the spool is being opened. */
const STEPS = 60;

/** What is outside of the machine that loses its power: who sends, and who stores. */
class World {
  readonly acknowledged = new Set<number>();
  readonly stored = new Set<number>();
  readonly faults: string[] = [];
  /** Records that are not what they were. */
  readonly wrong: string[] = [];
  sent = 0;
  lostBytes = 0;
  readonly #bySeq = new Map<number, number>();

  /** Takes records as the pipeline gives them. */
  store(entries: readonly SpoolEntry[]): void {
    for (const { seq, record } of entries) {
      if (record.fault === 'spool_corrupt') continue;
      const number = frameOf(record);
      // A place of the spool is one record's for ever: what is stored is known by it.
      const before = this.#bySeq.get(seq) ?? number;
      if (number <= 0 || number !== before) this.wrong.push(`record ${seq} is ${number}, and was ${before}`);
      this.#bySeq.set(seq, number);
      this.stored.add(number);
    }
  }
}

/** Numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

let root: string;
let folders = 0;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'odograph-power-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function folderOf(image: Image): string {
  const folder = mkdtempSync(join(root, `${folders++}-`));
  for (const [name, bytes] of image) writeFileSync(join(folder, name), bytes);
  return folder;
}

const open = (directory: string, disk: PowerCutDisk, world: World): Promise<Spool> =>
  openSpool({
    directory,
    disk,
    segmentBytes: 2_000,
    budgetBytes: 1e9,
    retention: { ageMs: 0, bytes: 0 },
    now: Date.now,
    onFault: (code, detail) => void world.faults.push(`${code}: ${detail}`),
    retryMs: { first: 1, last: 5 },
  });

/** Stores what the spool has, from the checkpoint on, and moves the checkpoint behind it. */
async function pump(spool: Spool, world: World, random: () => number, isOver: () => boolean): Promise<void> {
  const reader = spool.reader((spool.readCheckpoint()?.seq ?? 0) + 1);
  for (;;) {
    const entries = await reader.next(1 + Math.floor(random() * 8));
    if (entries === null || isOver()) break;
    world.store(entries);
    const seq = entries.at(-1)?.seq ?? 0;
    if (random() < 0.4) await spool.writeCheckpoint({ seq, ledger: { stored: world.stored.size } }).catch(() => undefined);
    if (isOver()) break;
  }
  reader.close();
}

type End = { image: Image; killed: Killed | null };

/** One life, up to a step by chance. Gives what is left of it. */
async function live(directory: string, killed: Killed | null, world: World, random: () => number): Promise<End> {
  const disk = new PowerCutDisk(directory, killed ?? undefined);
  let left = 1 + Math.floor(random() * STEPS);
  let end: End | null = null;
  const isOver = (): boolean => end !== null;
  disk.onStep = () => {
    if (isOver() || --left > 0) return;
    const seen = disk.kill();
    if (random() < 0.5) {
      end = { image: seen.image, killed: seen };
      return;
    }
    const image = disk.cut(TORN[Math.floor(random() * TORN.length)] ?? 'gone', random);
    for (const [name, bytes] of seen.image) world.lostBytes += Math.max(0, bytes.length - (image.get(name)?.length ?? 0));
    end = { image, killed: null };
  };
  const spool = await open(directory, disk, world);
  const pumping = pump(spool, world, random, isOver);
  while (!isOver()) {
    const owed: Promise<void>[] = [];
    for (let count = 1 + Math.floor(random() * 5); count > 0; count--) {
      const number = ++world.sent;
      owed.push(
        new Promise((resolve) => {
          const acknowledge = (): void => {
            if (!isOver()) world.acknowledged.add(number);
            resolve();
          };
          spool.append(makeRecord(number, 20 + Math.floor(random() * 400)), acknowledge, resolve);
        }),
      );
    }
    await (random() < 0.5 ? Promise.race(owed) : Promise.all(owed));
  }
  // Of what it does from here on nothing is there any more.
  await spool.close();
  await pumping;
  return end as unknown as End;
}

describe('a disk that loses its power', () => {
  it('costs no record that was acknowledged, alters none, and gives no place of one to another', async () => {
    let acknowledged = 0;
    let lostBytes = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = randomFrom(seed);
        const world = new World();
        let end: End = { image: new Map(), killed: null };
        for (let life = 0; life < LIVES; life++) end = await live(folderOf(end.image), end.killed, world, random);
        const directory = folderOf(end.image);
        const spool = await open(directory, new PowerCutDisk(directory, end.killed ?? undefined), world);
        const reader = spool.reader((spool.readCheckpoint()?.seq ?? 0) + 1);
        for (let last = spool.readCheckpoint()?.seq ?? 0; last < spool.committedSeq;) {
          const entries = (await reader.next(100)) ?? [];
          world.store(entries);
          last = entries.at(-1)?.seq ?? Infinity;
        }
        reader.close();
        await spool.close();
        expect(world.wrong).toEqual([]);
        expect([...world.acknowledged].filter((number) => !world.stored.has(number))).toEqual([]);
        expect(world.faults.filter((fault) => fault.includes('missing') || fault.includes('unreadable'))).toEqual([]);
        acknowledged += world.acknowledged.size;
        lostBytes += world.lostBytes;
      }),
      { numRuns: 20 },
    );
    expect(acknowledged).toBeGreaterThan(500);
    expect(lostBytes).toBeGreaterThan(5_000);
  }, 60_000);
});

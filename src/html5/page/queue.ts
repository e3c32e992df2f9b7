/** Fixes that the gateway has not confirmed yet. They are kept on the phone until it has. */
import { BY_DEVICE, change, FIXES, MEMORY, read } from './database.ts';

/** A fix as it is kept. */
export interface KeptFix {
  /** Counts up from 1, and never again the same. */
  seq: number;
  id: string;
  /** Address of the device it was taken for. */
  device: string;
  timestamp: number;
  coords: Readonly<Record<string, number | null>>;
}

/** Some of the oldest, of one device, with the number of the batch they make. */
export interface Batch {
  number: number;
  device: string;
  fixes: readonly KeptFix[];
}

const NEXT_BATCH = 'nextBatch';
const NEWEST = 'newestFix';

export class Queue {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  /** Keeps a fix; it is on the disk then. */
  async add(fix: Omit<KeptFix, 'seq'>): Promise<void> {
    await change(this.#database, [FIXES, MEMORY], (at) => {
      at.objectStore(MEMORY).put(fix.timestamp, NEWEST);
      return at.objectStore(FIXES).add(fix);
    });
  }

  /** Time of the fix that was kept last, ms since 1970: browsers give it again to a page that is opened anew. 0 before the first. */
  async newest(): Promise<number> {
    return (await read<number>(this.#database, [MEMORY], (at) => at.objectStore(MEMORY).get(NEWEST))) ?? 0;
  }

  async count(): Promise<number> {
    return (await read(this.#database, [FIXES], (at) => at.objectStore(FIXES).count())) ?? 0;
  }

  /** Gives the next batch of the first of these devices for which anything waits; `null` where nothing does. */
  async next(devices: readonly string[], most: number): Promise<Batch | null> {
    for (const device of devices) {
      const range = IDBKeyRange.bound([device, 0], [device, Infinity]);
      const fixes = await read<KeptFix[]>(this.#database, [FIXES], (at) => {
        return at.objectStore(FIXES).index(BY_DEVICE).getAll(range, most);
      });
      if (fixes === undefined || fixes.length === 0) continue;
      const number = await read<number>(this.#database, [MEMORY], (at) => at.objectStore(MEMORY).get(NEXT_BATCH));
      return { number: number ?? 1, device, fixes };
    }
    return null;
  }

  /** Forgets the fixes of a batch that the gateway has confirmed, and counts the batch as done. */
  async settle({ number }: Batch, confirmed: readonly number[]): Promise<void> {
    await change(this.#database, [FIXES, MEMORY], (at) => {
      for (const seq of confirmed) at.objectStore(FIXES).delete(seq);
      at.objectStore(MEMORY).put(number + 1, NEXT_BATCH);
      return null;
    });
  }
}

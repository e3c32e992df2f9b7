import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameRecord } from '#model/frame-record';
import { Ledger } from '../../src/observe/ledger.ts';
import { FaultyDisk } from '../../src/spool/faulty-disk.ts';
import { openSpool, type Spool } from '../../src/spool/spool.ts';
import { removeFolder } from './remove-folder.ts';

/** A real spool in a folder of its own, whose disk can be held and made to fail. */
export class HeldSpool {
  /** Counts what sessions take in; it is to add up with what the spool holds. */
  readonly ledger = new Ledger();
  readonly disk: FaultyDisk;
  readonly spool: Spool;
  readonly #directory: string;

  private constructor(disk: FaultyDisk, spool: Spool, directory: string) {
    this.disk = disk;
    this.spool = spool;
    this.#directory = directory;
  }

  static async open(): Promise<HeldSpool> {
    const disk = new FaultyDisk();
    const directory = mkdtempSync(join(tmpdir(), 'odograph-held-'));
    const spool = await openSpool({
      directory,
      budgetBytes: 1e9,
      retention: { ageMs: 0, bytes: 0 },
      now: Date.now,
      onFault: () => undefined,
      disk,
      retryMs: { first: 10, last: 50 },
    });
    return new HeldSpool(disk, spool, directory);
  }

  /** What has been made durable, in order. */
  async durable(): Promise<FrameRecord[]> {
    const reader = this.spool.reader(1);
    const records: FrameRecord[] = [];
    while (records.length < this.spool.stats().committedRecords) {
      for (const { record } of (await reader.next(100)) ?? []) records.push(record);
    }
    reader.close();
    return records;
  }

  /** Lets the disk go, closes what stands in front of the spool, then the spool, and removes the folder. */
  async stop(front: { close: () => Promise<void> }): Promise<void> {
    this.disk.releaseSyncs();
    this.disk.failWrites(null);
    await front.close();
    await this.spool.close();
    const wrong = this.ledger.imbalances(this.spool.held.counts());
    if (wrong.length > 0) throw new Error(`the ledger does not add up: ${JSON.stringify(wrong)}`);
    removeFolder(this.#directory);
  }
}

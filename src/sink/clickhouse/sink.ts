import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { FrameOutcome, OutboxRow, Sink } from '../../pipeline/ports.ts';
import { Batch, newShare } from './batch.ts';
import { FAST_TABLES, type FastTable } from './columns.ts';
import type { InsertFailure } from './insert-errors.ts';
import { ended, Inserter } from './inserter.ts';
import { checkAll, type SpoolIdHalves, type Tables } from './tables.ts';

export interface SinkOptions {
  tables: Tables;
  /** The spool whose positions the rows carry; 16 hex digits. */
  spoolId: string;
  /** Everything up to here is stored: the checkpoint. */
  storedThrough: SpoolSeq;
  /** Names its inserts where it is not the gateway that writes for this spool, whose own are left alone. */
  purpose?: 'audit';
  /** Rows of one batch at most; one frame more may exceed it. */
  batchRows: number;
  /** Longest time a row waits for its batch, ms. */
  batchAgeMs: number;
  /** Batches under way at a time. */
  inFlight: number;
  /** Rows waiting, under way included, at which nothing more should be put. */
  waitingRows: number;
  /** Memory of the rows waiting at which nothing more should be put, about. Frames of 64 KiB reach it long before the rows. */
  waitingBytes?: number;
  retryMs: { first: number; last: number };
  now: Clock;
  onFailure?: (failure: InsertFailure) => void;
  onInserted?: (table: FastTable, rows: number, ms: number) => void;
}

/** The sink in numbers. */
export interface SinkStatus {
  /** False from a failed request on until one has succeeded. */
  reachable: boolean;
  lastFailure: InsertFailure | null;
  waitingRows: number;
  waitingBytes: number;
  batchesInFlight: number;
  storedThrough: SpoolSeq;
  /** Positions put and not stored yet. */
  lagFrames: number;
}

interface SealedBatch {
  batch: Batch;
  started: boolean;
  done: boolean;
}

const WAITING_BYTES = 256 * 2 ** 20;
/** A batch is sealed at this size whatever its rows: ClickHouse takes a body of this size as one block, whole or not at all. */
const BATCH_BYTES = 16 * 2 ** 20;
/** Longest wait for what an earlier life left under way; whoever opens the sink tries again. */
const EARLIER_INSERTS_MS = 30_000;

/** Stores what frames leave in ClickHouse: cuts batches, keeps a few under way, and tells how far everything is in. */
export class ClickHouseSink implements Sink {
  readonly #options: SinkOptions;
  readonly #inserter: Inserter;
  readonly #stop = new AbortController();
  readonly #listeners: ((through: SpoolSeq) => void)[] = [];
  readonly #share = newShare();
  readonly #spoolId: SpoolIdHalves;
  /** Up to here an earlier life may have stored rows. */
  readonly #landedThrough: SpoolSeq;
  #open: Batch | null = null;
  #openTimer: NodeJS.Timeout | undefined;
  /** Sealed batches, oldest first: those under way and those that wait for their turn. */
  #sealed: SealedBatch[] = [];
  #waitingRows = 0;
  #waitingBytes = 0;
  #putThrough: SpoolSeq;
  #storedThrough: SpoolSeq;
  #roomSignal: PromiseWithResolvers<void> | null = null;
  #flushes: { through: SpoolSeq; done: PromiseWithResolvers<void> }[] = [];
  #lastFailure: InsertFailure | null = null;
  #reachable = true;

  private constructor(options: SinkOptions, landedThrough: SpoolSeq) {
    this.#options = options;
    this.#landedThrough = landedThrough;
    this.#putThrough = options.storedThrough;
    this.#storedThrough = options.storedThrough;
    this.#spoolId = halvesOf(options.spoolId);
    this.#inserter = new Inserter({
      tables: options.tables,
      retryMs: options.retryMs,
      queryPrefix: `${queryPrefix(options)}${randomBytes(4).toString('hex')}-`,
      signal: this.#stop.signal,
      onFailure: (failure) => this.#noteFailure(failure),
      onAnswer: () => (this.#reachable = true),
      onInserted: (table, rows, ms) => options.onInserted?.(table, rows, ms),
    });
  }

  /**
   * Opens the sink behind the checkpoint. Inserts that an earlier life left under way on a server are waited for, and it is
   * asked how far rows landed behind the checkpoint: the batches up to there are looked up before they are sent, so that no row
   * is stored a second time. Rejects where ClickHouse does not answer, and with `sink_schema` where its tables are not as this
   * version writes them.
   */
  static async open(options: SinkOptions): Promise<ClickHouseSink> {
    const { tables, spoolId, storedThrough } = options;
    await checkAll(tables);
    await ended(tables, queryPrefix(options), options.retryMs.first, AbortSignal.timeout(EARLIER_INSERTS_MS));
    let landedThrough = 0;
    for (const table of FAST_TABLES) {
      landedThrough = Math.max(landedThrough, await tables.lastLanded(table, halvesOf(spoolId), storedThrough));
    }
    return new ClickHouseSink(options, landedThrough);
  }

  get full(): boolean {
    const { waitingRows, waitingBytes = WAITING_BYTES } = this.#options;
    return this.#waitingRows >= waitingRows || this.#waitingBytes >= waitingBytes;
  }

  get storedThrough(): SpoolSeq {
    return this.#storedThrough;
  }

  get status(): SinkStatus {
    return {
      reachable: this.#reachable,
      lastFailure: this.#lastFailure,
      waitingRows: this.#waitingRows,
      waitingBytes: this.#waitingBytes,
      batchesInFlight: this.#sealed.filter(({ started, done }) => started && !done).length,
      storedThrough: this.#storedThrough,
      lagFrames: this.#putThrough - this.#storedThrough,
    };
  }

  onStored(listener: (through: SpoolSeq) => void): void {
    this.#listeners.push(listener);
  }

  put(outcome: FrameOutcome): void {
    const batch = (this.#open ??= this.#newBatch(outcome.seq));
    const { rows, bytes } = batch;
    batch.add(outcome);
    this.#putThrough = outcome.seq;
    this.#waitingRows += batch.rows - rows;
    this.#waitingBytes += batch.bytes - bytes;
    if (batch.rows >= this.#options.batchRows || batch.bytes >= BATCH_BYTES) this.#seal();
  }

  room(): Promise<void> {
    if (!this.full || this.#stop.signal.aborted) return Promise.resolve();
    this.#roomSignal ??= Promise.withResolvers();
    return this.#roomSignal.promise;
  }

  async flush(signal: AbortSignal): Promise<void> {
    this.#seal();
    if (this.#sealed.length === 0) return;
    signal.throwIfAborted();
    const flush = { through: this.#putThrough, done: Promise.withResolvers<void>() };
    this.#flushes.push(flush);
    const abort = (): void => flush.done.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await flush.done.promise;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#flushes = this.#flushes.filter((other) => other !== flush);
    }
  }

  async putOutbox(rows: readonly OutboxRow[]): Promise<void> {
    const byTable = Map.groupBy(rows, ({ table }) => table);
    for (const [table, group] of byTable) {
      await this.#options.tables.insertObjects(
        table,
        group.map(({ row }) => withTimes(row)),
      );
    }
  }

  /** Gives up what waits; it stays in the spool. Nobody waits for room from then on. */
  close(): void {
    clearTimeout(this.#openTimer);
    this.#stop.abort();
    this.#roomSignal?.resolve();
    for (const { done } of this.#flushes) done.reject(this.#stop.signal.reason);
  }

  #newBatch(firstSeq: SpoolSeq): Batch {
    this.#openTimer = setTimeout(() => this.#seal(), this.#options.batchAgeMs);
    const storedAt = this.#options.now();
    return new Batch({ batchId: firstSeq, ...this.#spoolId, storedAt }, this.#share);
  }

  #seal(): void {
    if (this.#open === null) return;
    clearTimeout(this.#openTimer);
    this.#open.seal();
    this.#sealed.push({ batch: this.#open, started: false, done: false });
    this.#open = null;
    this.#startNext();
  }

  #startNext(): void {
    let underWay = this.#sealed.filter(({ started, done }) => started && !done).length;
    for (const entry of this.#sealed) {
      if (underWay >= this.#options.inFlight || this.#stop.signal.aborted) return;
      if (entry.started) continue;
      entry.started = true;
      underWay++;
      void this.#store(entry);
    }
  }

  async #store(entry: SealedBatch): Promise<void> {
    const { signal } = this.#stop;
    const { first, last } = this.#options.retryMs;
    let mayHaveLanded = entry.batch.firstSeq <= this.#landedThrough;
    for (let delay = first; !signal.aborted; delay = Math.min(delay * 2, last)) {
      try {
        for (const part of entry.batch.parts) await this.#inserter.insert(part, mayHaveLanded);
      } catch (error) {
        // Closed: what is not stored stays in the spool.
        if (signal.aborted) return;
        // A bug, which must not hold up everything behind this batch in silence.
        const detail = error instanceof Error ? error.message : String(error);
        this.#noteFailure({ code: 'bug_invariant', kind: 'retry', detail });
        mayHaveLanded = true;
        await pause(delay, undefined, { signal }).catch(() => undefined);
        continue;
      }
      entry.done = true;
      this.#advance();
      this.#startNext();
      return;
    }
  }

  /** Moves the position over all batches at the front that are stored. */
  #advance(): void {
    const before = this.#storedThrough;
    while (this.#sealed[0]?.done === true) {
      const { batch } = this.#sealed.shift() as SealedBatch;
      this.#waitingRows -= batch.rows;
      this.#waitingBytes -= batch.bytes;
      this.#storedThrough = batch.lastSeq;
    }
    if (!this.full) {
      this.#roomSignal?.resolve();
      this.#roomSignal = null;
    }
    for (const { through, done } of this.#flushes) if (through <= this.#storedThrough) done.resolve();
    if (this.#storedThrough > before) for (const listener of this.#listeners) listener(this.#storedThrough);
  }

  #noteFailure(failure: InsertFailure): void {
    this.#lastFailure = failure;
    if (failure.kind === 'retry') this.#reachable = false;
    this.#options.onFailure?.(failure);
  }
}

/** Begins the names of all inserts from a spool. */
function queryPrefix({ spoolId, purpose }: SinkOptions): string {
  return `odograph-${purpose === undefined ? '' : `${purpose}-`}${spoolId}-`;
}

function halvesOf(spoolId: string): SpoolIdHalves {
  return { spoolIdHi: Number.parseInt(spoolId.slice(0, 8), 16), spoolIdLo: Number.parseInt(spoolId.slice(8, 16), 16) };
}

/** Times as ClickHouse's JSON reads them; they are the columns called `at` or `…_at`. */
function withTimes(row: OutboxRow['row']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const isTime = /(^|_)at$/.test(name) && typeof value === 'number';
      return [name, isTime ? new Date(value).toISOString().replace('T', ' ').slice(0, -1) : value];
    }),
  );
}

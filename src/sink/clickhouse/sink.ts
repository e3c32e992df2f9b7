import type { Clock } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { FrameOutcome, OutboxRow, Sink } from '../../pipeline/ports.ts';
import { Batch } from './batch.ts';
import type { Connection } from './connection.ts';
import type { InsertFailure } from './insert-errors.ts';
import { Inserter, landedRows, spoolIdText, type SpoolIdHalves } from './inserter.ts';
import type { RowKey } from './part.ts';
import { COLUMNS, type FastTable } from './rows.ts';

export interface SinkOptions {
  connection: Connection;
  /** The spool whose positions the rows carry; 16 hex digits. */
  spoolId: string;
  /** Everything up to here is stored: the checkpoint. */
  storedThrough: SpoolSeq;
  /** Rows of one batch at most; one frame more may exceed it. */
  batchRows: number;
  /** Longest time a row waits for its batch, ms. */
  batchAgeMs: number;
  /** Batches under way at a time. */
  inFlight: number;
  /** Rows waiting, under way included, at which nothing more should be put. */
  waitingRows: number;
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
  batchesInFlight: number;
  storedThrough: SpoolSeq;
}

interface SealedBatch {
  batch: Batch;
  started: boolean;
  done: boolean;
}

/** Stores what frames leave in ClickHouse: cuts batches, keeps a few under way, and tells how far everything is in. */
export class ClickHouseSink implements Sink {
  readonly #options: SinkOptions;
  readonly #inserter: Inserter;
  readonly #stop = new AbortController();
  readonly #listeners: ((through: SpoolSeq) => void)[] = [];
  readonly #texts = new Map<string, Uint8Array>();
  readonly #spoolId: SpoolIdHalves;
  /** Rows beyond the checkpoint that an earlier life stored. */
  #landed: ReadonlyMap<FastTable, ReadonlySet<RowKey>>;
  readonly #landedThrough: SpoolSeq;
  #open: Batch | null = null;
  #openTimer: NodeJS.Timeout | undefined;
  /** Sealed batches, oldest first: those under way and those that wait for their turn. */
  #sealed: SealedBatch[] = [];
  #waitingRows = 0;
  #storedThrough: SpoolSeq;
  #roomSignal: PromiseWithResolvers<void> | null = null;
  #idleSignal: PromiseWithResolvers<void> | null = null;
  #lastFailure: InsertFailure | null = null;
  #reachable = true;

  private constructor(options: SinkOptions, landed: ReadonlyMap<FastTable, ReadonlySet<RowKey>>) {
    this.#options = options;
    this.#landed = landed;
    this.#landedThrough = Math.max(
      0,
      ...[...landed.values()].flatMap((keys) => [...keys].map((key) => Math.floor(key / 0x1_0000))),
    );
    this.#storedThrough = options.storedThrough;
    this.#spoolId = halvesOf(options.spoolId);
    this.#inserter = new Inserter({
      connection: options.connection,
      retryMs: options.retryMs,
      signal: this.#stop.signal,
      onFailure: (failure) => this.#noteFailure(failure),
      onInserted: (table, rows, ms) => {
        this.#reachable = true;
        options.onInserted?.(table, rows, ms);
      },
    });
  }

  /**
   * Opens the sink behind the checkpoint. Rows that landed after it was written are looked up, so that they are not stored a
   * second time. Rejects where ClickHouse does not answer.
   */
  static async open(options: SinkOptions): Promise<ClickHouseSink> {
    const parameters = { after: options.storedThrough, spool: spoolIdText(halvesOf(options.spoolId)) };
    const landed = new Map<FastTable, ReadonlySet<RowKey>>();
    for (const table of Object.keys(COLUMNS) as FastTable[]) {
      const condition = 'spool_seq > {after:UInt64} AND spool_id = {spool:UInt64}';
      landed.set(table, await landedRows(options.connection, table, condition, parameters));
    }
    return new ClickHouseSink(options, landed);
  }

  get full(): boolean {
    return this.#waitingRows >= this.#options.waitingRows;
  }

  get storedThrough(): SpoolSeq {
    return this.#storedThrough;
  }

  get status(): SinkStatus {
    return {
      reachable: this.#reachable,
      lastFailure: this.#lastFailure,
      waitingRows: this.#waitingRows,
      batchesInFlight: this.#sealed.filter(({ started }) => started).length,
      storedThrough: this.#storedThrough,
    };
  }

  onStored(listener: (through: SpoolSeq) => void): void {
    this.#listeners.push(listener);
  }

  put(outcome: FrameOutcome): void {
    const batch = (this.#open ??= this.#newBatch(outcome.seq));
    const before = batch.rows;
    if (outcome.seq > this.#landedThrough && this.#landed.size > 0) this.#landed = new Map();
    batch.add(outcome, this.#landed);
    this.#waitingRows += batch.rows - before;
    if (batch.rows >= this.#options.batchRows) this.#seal();
  }

  room(): Promise<void> {
    if (!this.full) return Promise.resolve();
    this.#roomSignal ??= Promise.withResolvers();
    return this.#roomSignal.promise;
  }

  async flush(signal: AbortSignal): Promise<void> {
    this.#seal();
    if (this.#sealed.length === 0) return;
    this.#idleSignal ??= Promise.withResolvers();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#idleSignal.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async putOutbox(rows: readonly OutboxRow[]): Promise<void> {
    const byTable = Map.groupBy(rows, ({ table }) => table);
    for (const [table, group] of byTable) {
      await this.#options.connection.insertObjects(
        table,
        group.map(({ row }) => withTimes(row)),
      );
    }
  }

  /** Gives up what waits; it stays in the spool. */
  close(): void {
    clearTimeout(this.#openTimer);
    this.#stop.abort();
    this.#roomSignal?.resolve();
  }

  #newBatch(firstSeq: SpoolSeq): Batch {
    this.#openTimer = setTimeout(() => this.#seal(), this.#options.batchAgeMs);
    const storedAt = this.#options.now();
    return new Batch({ batchId: firstSeq, ...this.#spoolId, storedAt }, this.#texts);
  }

  #seal(): void {
    if (this.#open === null) return;
    clearTimeout(this.#openTimer);
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
    try {
      for (const part of entry.batch.parts) await this.#inserter.insert(part);
    } catch (error) {
      // Closing, or a bug: what is not stored stays in the spool, and the position does not move past it.
      if (!this.#stop.signal.aborted) {
        this.#noteFailure({
          code: 'bug_invariant',
          kind: 'retry',
          detail: error instanceof Error ? error.message : String(error),
        });
      }
      return;
    }
    entry.done = true;
    this.#advance();
    this.#startNext();
  }

  /** Moves the position over all batches at the front that are stored. */
  #advance(): void {
    const before = this.#storedThrough;
    while (this.#sealed[0]?.done === true) {
      const { batch } = this.#sealed.shift() as SealedBatch;
      this.#waitingRows -= batch.rows;
      this.#storedThrough = batch.lastSeq;
    }
    if (!this.full) {
      this.#roomSignal?.resolve();
      this.#roomSignal = null;
    }
    if (this.#sealed.length === 0) {
      this.#idleSignal?.resolve();
      this.#idleSignal = null;
    }
    if (this.#storedThrough > before) for (const listener of this.#listeners) listener(this.#storedThrough);
  }

  #noteFailure(failure: InsertFailure): void {
    this.#lastFailure = failure;
    if (failure.kind === 'retry') this.#reachable = false;
    this.#options.onFailure?.(failure);
  }
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

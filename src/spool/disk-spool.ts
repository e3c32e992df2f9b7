import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError } from '#errors/gateway-error';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { SpoolReader } from '../pipeline/ports.ts';
import { writeCheckpointFile } from './checkpoint.ts';
import type { Checkpoint, RecoveryReport, Rewrite, ScrubReport, Spool, SpoolStats } from './contract.ts';
import { isOutOfRoom } from './disk.ts';
import { Gate } from './gate.ts';
import { Group, tellAll } from './group.ts';
import { HeldRecords } from './held.ts';
import type { Log } from './log.ts';
import type { DiskSpoolParts } from './parts.ts';
import { Reader, type ReaderSource } from './reader.ts';
import { Scrubber } from './scrub.ts';
import { Tail } from './tail.ts';

/** Once full, the spool accepts again when the backlog is below this share of the budget: it does not flutter at the edge. */
const ROOM_SHARE = 15 / 16;

/**
 * The spool over an open log. Everything that arrives while one group is being written and synced becomes the next group:
 * the slower the disk, the larger the groups.
 */
export class DiskSpool implements Spool {
  readonly held = new HeldRecords();
  readonly #parts: DiskSpoolParts;
  readonly #log: Log;
  readonly #gate = new Gate();
  readonly #tail: Tail;
  readonly #readers = new Set<Reader>();
  readonly #source: ReaderSource;
  readonly #stopRetrying = new AbortController();
  /** Takes what is appended. */
  #pending = new Group();
  /** The empty one, or the one being written. */
  #other = new Group();
  #flight: Promise<void> | null = null;
  #mending: Promise<void> = Promise.resolve();
  #departing = false;
  #nextSeq: SpoolSeq;
  #committedSeq: SpoolSeq;
  #checkpoint: Checkpoint | null;
  #checkpointedBytes = 0;
  #checkpointWrites: Promise<void> = Promise.resolve();
  #scrubs: Promise<unknown> = Promise.resolve();
  #makingRoom = false;
  #retryMs: number;
  #commitSignal = Promise.withResolvers<void>();
  #commits = 0;
  #committedRecords = 0;
  #commitSeconds = 0;
  #failedCommits = 0;
  #closing: Promise<void> | null = null;

  constructor(parts: DiskSpoolParts) {
    this.#parts = parts;
    this.#log = parts.log;
    this.#nextSeq = parts.recovered.nextSeq;
    this.#committedSeq = parts.recovered.lastSeq;
    this.#checkpoint = parts.recovered.checkpoint;
    this.#tail = new Tail(parts.recovered.nextSeq, parts.tailBytes);
    this.#retryMs = parts.retryMs.first;
    this.#source = this.#makeSource();
    this.#checkpointedBytes = this.#log.bytesThrough(this.#checkpointSeq);
    this.#judgeBudget();
    if (parts.obstacle === null) return;
    this.#gate.set('fault', parts.obstacle);
    this.#mending = this.#mend();
  }

  get id(): string {
    return this.#parts.recovered.spoolId;
  }

  get recovered(): RecoveryReport {
    return this.#parts.recovered.report;
  }

  get committedSeq(): SpoolSeq {
    return this.#committedSeq;
  }

  get accepting(): boolean {
    return this.#gate.accepting;
  }

  get refusal(): string | null {
    return this.#gate.refusal;
  }

  get #checkpointSeq(): SpoolSeq {
    return this.#checkpoint?.seq ?? 0;
  }

  onAccepting(listener: (accepting: boolean) => void): () => void {
    return this.#gate.onAccepting(listener);
  }

  append(record: FrameRecord, durable: () => void, lost?: () => void): void {
    if (this.#gate.has('fault') || this.#gate.has('closing')) {
      // Not at once: the caller is in the middle of taking the frame.
      if (lost !== undefined) queueMicrotask(() => this.#tell([lost]));
      return;
    }
    this.#pending.add(this.#nextSeq, record, durable, lost);
    this.held.add(this.#nextSeq, record.listener, record.protocol);
    this.#nextSeq++;
    this.#judgePending();
    this.#judgeBudget();
    if (this.#flight !== null || this.#departing) return;
    this.#departing = true;
    // After the sockets of this turn of the event loop are read, so that their frames share the sync.
    setImmediate(() => {
      this.#departing = false;
      this.#depart();
    });
  }

  reader(fromSeq: SpoolSeq): SpoolReader {
    const reader = new Reader(this.#source, fromSeq);
    this.#readers.add(reader);
    if (this.#closing !== null) reader.close();
    return reader;
  }

  readCheckpoint(): Checkpoint | null {
    return this.#checkpoint;
  }

  writeCheckpoint(checkpoint: Checkpoint): Promise<void> {
    return this.#betweenCheckpoints(() => this.#writeCheckpoint(checkpoint));
  }

  /** Between two checkpoints, so that none is undone. */
  amendCheckpoint(amend: (last: Checkpoint) => Checkpoint | null): Promise<void> {
    return this.#betweenCheckpoints(async () => {
      const amended = amend(this.#checkpoint ?? { seq: 0, ledger: null });
      if (amended !== null) await this.#writeCheckpoint(amended);
    });
  }

  stats(): SpoolStats {
    const checkpointSeq = this.#checkpointSeq;
    return {
      committedSeq: this.#committedSeq,
      checkpointSeq,
      backlogRecords: this.#committedSeq - checkpointSeq,
      backlogBytes: this.#backlogBytes(),
      oldestReceivedAt: this.#log.receivedAfter(checkpointSeq),
      totalBytes: this.#log.totalBytes,
      segments: this.#log.segments.length,
      pendingBytes: this.#pendingBytes,
      tailBytes: this.#tail.sizeBytes,
      commits: this.#commits,
      committedRecords: this.#committedRecords,
      failedCommits: this.#failedCommits,
      commitSeconds: this.#commitSeconds,
    };
  }

  scrub(rewrite: Rewrite, after: SpoolSeq, upTo: SpoolSeq): Promise<ScrubReport> {
    const scrub = this.#scrubs.then(() => this.#scrub(rewrite, after, upTo));
    this.#scrubs = scrub.catch(() => undefined);
    return scrub;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#gate.set('closing', 'it is being closed');
    this.#stopRetrying.abort();
    while (this.#flight !== null || (this.#pending.count > 0 && !this.#gate.has('fault'))) {
      if (this.#flight === null) this.#depart();
      await this.#flight;
    }
    await this.#mending;
    await this.#scrubs;
    await this.#checkpointWrites;
    for (const reader of this.#readers) reader.close();
    await this.#log.close();
    this.#parts.lock.release();
  }

  async #scrub(rewrite: Rewrite, after: SpoolSeq, upTo: SpoolSeq): Promise<ScrubReport> {
    const { disk, directory } = this.#parts;
    // No segment may be deleted while its name is given to another file.
    const alone = (work: () => Promise<void>): Promise<void> => this.#betweenCheckpoints(work);
    const scrubber = new Scrubber({ disk, directory, log: this.#log, alone, isStopped: () => this.#gate.has('closing') });
    try {
      await this.#endSegment(upTo);
      return await scrubber.run(rewrite, after, this.#checkpointSeq);
    } catch (cause) {
      throw new GatewayError('spool_io', `the spool cannot be scrubbed: ${String(cause)}`, { cause });
    } finally {
      this.#checkpointedBytes = this.#log.bytesThrough(this.#checkpointSeq);
      this.#judgeBudget();
    }
  }

  /** Ends the segment that is written to, where it has records up to `upTo`. */
  async #endSegment(upTo: SpoolSeq): Promise<void> {
    while (this.#flight !== null) await this.#flight;
    if (this.#gate.has('fault') || this.#gate.has('closing') || !this.#log.mayEnd(upTo)) return;
    const begun = this.#log.begin(this.#pending.count > 0 ? this.#pending.firstSeq : this.#nextSeq);
    const goOn = (): void => {
      this.#flight = null;
      this.#depart();
    };
    this.#flight = begun.then(goOn, goOn);
    await begun;
  }

  #betweenCheckpoints(work: () => Promise<void>): Promise<void> {
    const turn = this.#checkpointWrites.then(work);
    this.#checkpointWrites = turn.catch(() => undefined);
    return turn;
  }

  /** Sends the pending group off. */
  #depart(): void {
    if (this.#flight !== null || this.#pending.count === 0 || this.#gate.has('fault')) return;
    const group = this.#pending;
    this.#pending = this.#other;
    this.#other = group;
    this.#flight = this.#fly(group);
  }

  async #fly(group: Group): Promise<void> {
    const startedAt = performance.now();
    try {
      await this.#log.commit(group);
    } catch (error) {
      await this.#fail(group, error);
      return;
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    this.#commits++;
    this.#committedRecords += group.count;
    this.#commitSeconds += seconds;
    this.#parts.onCommit(seconds, group.count);
    this.#committedSeq = group.lastSeq;
    this.#retryMs = this.#parts.retryMs.first;
    this.#tail.add(group.block());
    const { durable } = group.clear();
    this.#flight = null;
    // The disk works on the next group while this one's receipts go out.
    this.#depart();
    this.#tell(durable);
    this.#wakeReaders();
    this.#judgePending();
    this.#judgeBudget();
    this.#makeRoom();
  }

  /**
   * Gives up a group that could not be made durable, and what was pending behind it: on one connection a later receipt must
   * never overtake a lost one, since most protocols could not tell whose it is.
   */
  async #fail(group: Group, error: unknown): Promise<void> {
    this.#failedCommits++;
    this.#gate.set('fault', `the disk refuses: ${String(error)}`);
    const count = group.count + this.#pending.count;
    this.#parts.onFault('spool_io', `${count} records are not durable and not acknowledged: ${String(error)}`);
    this.held.dropFrom(group.firstSeq);
    const lost = [...group.clear().lost, ...this.#pending.clear().lost];
    this.#judgePending();
    this.#judgeBudget();
    this.#tell(lost);
    await this.#log.abandon();
    this.#flight = null;
    this.#mending = this.#mend();
  }

  /** Tries to begin a new segment until the disk allows it. */
  async #mend(): Promise<void> {
    const { retryMs, onFault } = this.#parts;
    for (;;) {
      try {
        await pause(this.#retryMs, undefined, { signal: this.#stopRetrying.signal });
      } catch {
        return;
      }
      this.#retryMs = Math.min(this.#retryMs * 2, retryMs.last);
      try {
        await this.#log.begin(this.#nextSeq);
        break;
      } catch (error) {
        // The name was tried, and its file may have stayed.
        this.#nextSeq++;
        onFault('spool_io', `no new segment can be begun: ${String(error)}`);
        if (isOutOfRoom(error)) await this.#betweenCheckpoints(() => this.#retire(this.#log.totalBytes - 1));
      }
    }
    this.#gate.set('fault', null);
  }

  async #writeCheckpoint(checkpoint: Checkpoint): Promise<void> {
    const { disk, directory, reserve } = this.#parts;
    const { seq } = checkpoint;
    if (seq < this.#checkpointSeq || seq > this.#committedSeq) {
      throw new GatewayError(
        'bug_invariant',
        `checkpoint ${seq} is not between ${this.#checkpointSeq} and ${this.#committedSeq}`,
      );
    }
    try {
      await reserve.lend(() => writeCheckpointFile(disk, directory, checkpoint));
    } catch (cause) {
      throw new GatewayError('spool_io', `the checkpoint cannot be written: ${String(cause)}`, { cause });
    }
    this.#checkpoint = checkpoint;
    await this.#retire();
  }

  /** Deletes what need not be kept, and what is kept for replay where the bytes are more; sees whether there is room again. */
  async #retire(budgetBytes = this.#parts.budgetBytes): Promise<void> {
    const { retention, onFault } = this.#parts;
    try {
      await this.#log.retire(this.#checkpointSeq, retention, budgetBytes);
    } catch (error) {
      onFault('spool_io', `a segment that is not needed cannot be deleted: ${String(error)}`);
    }
    this.#checkpointedBytes = this.#log.bytesThrough(this.#checkpointSeq);
    this.#judgeBudget();
  }

  /** While the sink is away no checkpoint comes by, and what is kept for replay makes room all the same. */
  #makeRoom(): void {
    const oldest = this.#log.segments[0];
    const isOver = this.#log.totalBytes > this.#parts.budgetBytes;
    if (!isOver || this.#makingRoom || oldest === undefined || oldest.closedAt === null || oldest.lastSeq > this.#checkpointSeq)
      return;
    this.#makingRoom = true;
    this.#checkpointWrites = this.#checkpointWrites
      .then(() => this.#retire())
      .finally(() => {
        this.#makingRoom = false;
      });
  }

  #backlogBytes(): number {
    return Math.max(0, this.#log.totalBytes - this.#checkpointedBytes);
  }

  /** Bytes that wait for a sync. */
  get #pendingBytes(): number {
    return this.#pending.sizeBytes + this.#other.sizeBytes;
  }

  /** What waits for its sync counts: on a slow disk it could be many times the budget. */
  #judgeBudget(): void {
    const { budgetBytes, onFault } = this.#parts;
    const isFull = this.#gate.has('full');
    const backlogBytes = this.#backlogBytes() + this.#pendingBytes;
    if (!isFull && backlogBytes >= budgetBytes) {
      const why = `${backlogBytes} bytes wait for the sink, the budget is ${budgetBytes}`;
      this.#gate.set('full', why);
      onFault('spool_full', why);
    } else if (isFull && backlogBytes < budgetBytes * ROOM_SHARE) this.#gate.set('full', null);
  }

  #judgePending(): void {
    const { maxPendingBytes } = this.#parts;
    const bytes = this.#pendingBytes;
    if (bytes >= maxPendingBytes) this.#gate.set('pending', `the disk is slow: ${bytes} bytes wait for their sync`);
    else if (bytes * 2 < maxPendingBytes) this.#gate.set('pending', null);
  }

  #tell(listeners: readonly (() => void)[]): void {
    tellAll(listeners, (error) => this.#parts.onFault('bug_invariant', `a receipt's callback threw: ${String(error)}`));
  }

  #wakeReaders(): void {
    const { resolve } = this.#commitSignal;
    this.#commitSignal = Promise.withResolvers();
    resolve();
  }

  #forgetRead(): void {
    let seq = Number.MAX_SAFE_INTEGER;
    for (const reader of this.#readers) seq = Math.min(seq, reader.nextSeq);
    if (this.#readers.size > 0) this.#tail.forgetBefore(seq);
  }

  #makeSource(): ReaderSource {
    return {
      disk: this.#parts.disk,
      log: this.#log,
      tail: this.#tail,
      onFault: this.#parts.onFault,
      readRetryMs: this.#parts.retryMs.first,
      committed: () => this.#commitSignal.promise,
      moved: () => this.#forgetRead(),
      ended: (reader) => void this.#readers.delete(reader),
    };
  }
}

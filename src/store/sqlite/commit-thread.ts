import { Worker } from 'node:worker_threads';
import { GatewayError } from '#errors/gateway-error';
import type { ErrorCode } from '#errors/codes';
import type { CommitResult } from '../tracker-store.ts';
import { memoryOf, type CommitRows } from './commit.ts';

/** What the thread is asked: to write a commit, or to close its connection and end. */
export type CommitRequest = CommitRows | 'close';
/** What it answers to a commit. */
export type CommitReply = { result: CommitResult } | { refused: { code: ErrorCode; detail: string } };

interface Waiting {
  resolve: (result: CommitResult) => void;
  reject: (error: unknown) => void;
}

/** What the thread may hold, MB: a commit is some hundred kilobytes. */
const MEMORY_MB = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/**
 * The thread that writes the commits of the book to one file, over a connection of its own. A commit of a thousand trackers is 7 ms of SQLite
 * and some syncs, which take 150 ms on a busy disk: on the event loop every ack would wait for them. It begins with the first commit;
 * who only reads has none.
 */
export class CommitThread {
  readonly #path: string;
  #worker: Worker | null = null;
  /** In the order of their commits, which is that of the replies. */
  #waiting: Waiting[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** Writes a commit, whose memory it takes. Durable once resolved; rejects with `store_io`: then it may be written, or not. */
  commit(rows: CommitRows): Promise<CommitResult> {
    const worker = (this.#worker ??= this.#begin());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      const request: CommitRequest = rows;
      worker.postMessage(request, memoryOf(rows));
    });
  }

  /** Ends the thread when all that it was given is written. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    this.#worker = null;
    const ended = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
    const request: CommitRequest = 'close';
    worker.postMessage(request);
    await ended;
  }

  #begin(): Worker {
    const worker = new Worker(new URL('commit-worker.ts', import.meta.url), {
      workerData: this.#path,
      resourceLimits: MEMORY_MB,
      name: 'commits',
    });
    // The gateway's own work holds the process, and what it must not lose it waits for.
    worker.unref();
    worker.on('message', (reply: CommitReply) => {
      const { resolve, reject } = this.#waiting.shift() as Waiting;
      if ('result' in reply) resolve(reply.result);
      else reject(new GatewayError(reply.refused.code, reply.refused.detail));
    });
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', () => this.#lose(worker, new Error('it ended')));
    return worker;
  }

  /** Nobody knows what became of the commits it had; the next one begins another thread. */
  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker === worker) this.#worker = null;
    const lost = this.#waiting;
    this.#waiting = [];
    const error = new GatewayError('store_io', `the thread that writes the registry is gone: ${String(cause)}`, { cause });
    for (const { reject } of lost) reject(error);
  }
}

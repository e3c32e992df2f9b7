import { Worker } from 'node:worker_threads';
import { GatewayError } from '#errors/gateway-error';
import type { ErrorCode } from '#errors/codes';
import type { EpochMs } from '#model/clocks';
import type { CommitResult } from '../tracker-store.ts';
import { memoryOf, type CommitRows } from './commit.ts';

/** Names to be kept, as one text of JSON: a list of so many texts would be copied one by one. */
export interface KeptNames {
  names: string;
  until: EpochMs;
}

/** What the thread is asked: to write a commit or names, or to close its connection and end. */
export type CommitRequest = CommitRows | KeptNames | 'close';
/** What it answers to what it has written; `null` for names. */
export type CommitReply = { result: CommitResult | null } | { refused: { code: ErrorCode; detail: string } };

/** What the thread is begun with. */
export interface ThreadData {
  /** The file. */
  path: string;
  /** It says here, and wakes who waits, that its connection is closed. */
  closed: Int32Array<SharedArrayBuffer>;
}

/** A thread, and who waits for it, in the order of their requests, which is that of its replies. */
interface Life {
  worker: Worker;
  waiting: { resolve: (result: CommitResult | null) => void; reject: (error: unknown) => void }[];
}

/** Carrying the log over to the database takes a moment; a disk that hangs is not waited for. */
const CLOSED_WITHIN_MS = 10_000;
/** What the thread may hold, MB: a commit is some hundred kilobytes. */
const MEMORY_MB = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/**
 * The thread that writes the commits of the book, and names, to one file, over a connection of its own. A commit of a thousand trackers is 7 ms of SQLite
 * and some syncs, which take 150 ms on a busy disk: on the event loop every ack would wait for them. It begins with the first
 * of them; who only reads has none.
 */
export class CommitThread {
  readonly #path: string;
  /** Not 0 once a thread has closed its connection. */
  readonly #closed = new Int32Array(new SharedArrayBuffer(4));
  #life: Life | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Writes a commit, whose memory it takes. Durable once resolved; rejects with `store_io`: then it may be written, or not. */
  async commit(rows: CommitRows): Promise<CommitResult> {
    return (await this.#written(rows, memoryOf(rows))) as CommitResult;
  }

  /** Keeps names; the same holds. */
  async keep(names: readonly string[], until: EpochMs): Promise<void> {
    await this.#written({ names: JSON.stringify(names), until });
  }

  #written(request: CommitRows | KeptNames, memory: ArrayBuffer[] = []): Promise<CommitResult | null> {
    const { worker, waiting } = (this.#life ??= this.#begin());
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.ref();
      ask(worker, request, memory);
    });
  }

  /** Ends the thread, and waits until all that it was given is written: whoever copies the file then has all of it. */
  close(): void {
    if (this.#life === null) return;
    ask(this.#life.worker, 'close');
    this.#life = null;
    Atomics.wait(this.#closed, 0, 0, CLOSED_WITHIN_MS);
  }

  #begin(): Life {
    const worker = new Worker(new URL('commit-worker.ts', import.meta.url), {
      workerData: { path: this.#path, closed: this.#closed } satisfies ThreadData,
      resourceLimits: MEMORY_MB,
      name: 'commits',
    });
    const life: Life = { worker, waiting: [] };
    worker.on('message', (reply: CommitReply) => {
      const waiting = life.waiting.shift();
      // Nobody waits for it any more: then it does not hold the process.
      if (life.waiting.length === 0) worker.unref();
      if ('result' in reply) waiting?.resolve(reply.result);
      else waiting?.reject(new GatewayError(reply.refused.code, reply.refused.detail));
    });
    worker.on('error', (error) => this.#lose(life, error));
    worker.on('exit', () => this.#lose(life, new Error('it ended')));
    return life;
  }

  /** Nobody knows what became of the commits it had; the next one begins another thread. */
  #lose(life: Life, cause: unknown): void {
    if (this.#life === life) this.#life = null;
    const error = new GatewayError('store_io', `the thread that writes the registry is gone: ${String(cause)}`, { cause });
    for (const { reject } of life.waiting.splice(0)) reject(error);
  }
}

function ask(worker: Worker, request: CommitRequest, memory: ArrayBuffer[] = []): void {
  worker.postMessage(request, memory);
}

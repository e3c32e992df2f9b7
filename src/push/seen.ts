/**
 * Remembers what clouds call their messages, for longer than they send one again. In memory for those seen last, in the store for
 * all: a repetition after a restart is known too. What is lost in a crash costs nothing: the same event has the same record id.
 */
import { hash } from 'node:crypto';
import { setImmediate as afterOthers } from 'node:timers/promises';
import type { Clock } from '#model/clocks';
import type { NameStore } from '../store/name-store.ts';

export interface SeenOptions {
  names: NameStore;
  /** How long a name is remembered, ms. */
  keepMs: number;
  now: Clock;
  /** The store refused; for the log. */
  onTrouble: (error: unknown) => void;
}

/** Names kept in memory in each of two sets; when one is full it takes the place of the other. Those seen last are in one of them. */
const MEMORY_MOST = 50_000;
/** How often names are written and old ones removed, ms. Each writing is a transaction, and a sync of the disk that acks wait for too. */
const WRITE_EVERY_MS = 1_000;
const FORGET_EVERY_MS = 10_000;
/** Names forgotten at once: the event loop waits for these, and goes on in between. */
const FORGET_MOST = 500;
/** Names waiting to be written; beyond that the oldest are not: the store has been away for long. */
const WAITING_MOST = 200_000;

/** Short, and of one length whatever the cloud's own name is. */
export type SeenName = string;

/** One who asks the store which names it has. */
interface Question {
  names: readonly SeenName[];
  answer: (known: ReadonlySet<string>) => void;
}

const NOTHING: ReadonlySet<string> = new Set();

export class SeenMessages {
  readonly #options: SeenOptions;
  #recent = new Set<SeenName>();
  #former = new Set<SeenName>();
  /** Questions of this turn of the event loop: the store is asked once for all of them. */
  #questions: Question[] = [];
  /** Names to be written. */
  #waiting: SeenName[] = [];
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #forgetting: NodeJS.Timeout;
  #isForgetting = false;
  #closed = false;

  constructor(options: SeenOptions) {
    this.#options = options;
    this.#forgetting = setInterval(() => void this.#forget(), FORGET_EVERY_MS);
    this.#forgetting.unref();
  }

  /** Tells whether every one of these names was seen. False for none. */
  async all(names: readonly SeenName[]): Promise<boolean> {
    if (names.length === 0) return false;
    const others = names.filter((id) => !this.#isInMemory(id));
    if (others.length === 0) return true;
    const stored = await this.#stored(others);
    if (!others.every((id) => stored.has(id))) return false;
    for (const id of others) this.#remember(id);
    return true;
  }

  /** Notes names whose frame is durable. */
  note(names: readonly SeenName[]): void {
    for (const id of names) {
      this.#remember(id);
      if (this.#waiting.length < WAITING_MOST) this.#waiting.push(id);
    }
    this.#timer ??= setTimeout(() => this.#write(), WRITE_EVERY_MS);
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#forgetting);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#write();
    await this.#writing;
  }

  #stored(names: readonly SeenName[]): Promise<ReadonlySet<string>> {
    if (this.#questions.length === 0) setImmediate(() => void this.#ask());
    return new Promise((answer) => this.#questions.push({ names, answer }));
  }

  async #ask(): Promise<void> {
    const questions = this.#questions;
    this.#questions = [];
    let known = NOTHING;
    try {
      known = await this.#options.names.known(questions.flatMap(({ names }) => names));
    } catch (error) {
      // While the store is away nothing is held to be a repetition: to take it twice is harmless, to pass it over is not.
      this.#options.onTrouble(error);
    }
    for (const { answer } of questions) answer(known);
  }

  #remember(id: string): void {
    this.#recent.add(id);
    if (this.#recent.size < MEMORY_MOST) return;
    this.#former = this.#recent;
    this.#recent = new Set();
  }

  #isInMemory(id: SeenName): boolean {
    return this.#recent.has(id) || this.#former.has(id);
  }

  #write(): void {
    this.#timer = null;
    if (this.#waiting.length === 0 || this.#writing !== null) return;
    const { names, now, keepMs, onTrouble } = this.#options;
    const ids = this.#waiting;
    this.#waiting = [];
    const until = now() + keepMs;
    const written = async (): Promise<void> => {
      try {
        await names.keep(ids, until);
      } catch (error) {
        onTrouble(error);
        for (const id of ids) if (this.#waiting.length < WAITING_MOST) this.#waiting.push(id);
      }
      this.#writing = null;
      if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#write(), WRITE_EVERY_MS);
    };
    this.#writing = written();
  }

  async #forget(): Promise<void> {
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    const { names, now, onTrouble } = this.#options;
    try {
      while (!this.#closed && (await names.forget(now(), FORGET_MOST)) === FORGET_MOST) await afterOthers();
    } catch (error) {
      onTrouble(error);
    }
    this.#isForgetting = false;
  }
}

/** What a cloud calls a message, as it is remembered. `scope` is the endpoint's company and protocol. */
export function seenName(scope: string, name: string): SeenName {
  return hash('sha256', `${scope}\u0000${name}`, 'base64url').slice(0, 27);
}

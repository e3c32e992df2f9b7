import type { Clock, EpochMs } from '#model/clocks';
import { isOpen, type Command } from '#model/command';
import { identKey } from '#model/tracker';
import type { CommandDesk, CommandLine } from '../session/command-line.ts';
import type { CommandQueue } from './queue.ts';

export interface DispatcherOptions {
  queue: CommandQueue;
  now: Clock;
  /** Whether all frames that an earlier life of the gateway took in are applied: an answer may be among them. */
  isCaughtUp: () => boolean;
  /** Time a device has to answer over the session that carried the command, ms. */
  answerMs: number;
  /** How long ended commands are kept, ms. */
  keepMs: number;
  /** The store refused something outside of `tick`; it is tried again with the next. */
  onTrouble: (error: unknown) => void;
}

/** Commands loaded, sent and ended at a time, so that a turn of the event loop stays short. */
const LOAD_MOST = 5_000;
const SEND_MOST = 200;
const END_MOST = 500;
const FORGET_EVERY_MS = 3_600_000;

/** An open command in memory. */
interface Entry {
  readonly key: string;
  command: Command;
  /** The session that carries it at the moment, and since when; `null` while it waits. */
  flight: { line: CommandLine; since: EpochMs } | null;
  /** This gateway has sent it. */
  carried: boolean;
  /** Its answer is durable; what it says is known once the pipeline has read it. */
  answered: boolean;
  /** It was sent in an earlier life of the gateway: its answer may be among the frames that are not read yet. */
  readonly inherited: boolean;
}

/**
 * Brings queued commands to devices, in order, one at a time over each session. It only reads the answers' arrival: what they
 * say is settled in the store by the pipeline, from what is on the disk.
 */
export class CommandDispatcher implements CommandDesk {
  readonly #options: DispatcherOptions;
  /** The newest line of each device. */
  readonly #lines = new Map<string, CommandLine>();
  readonly #byDevice = new Map<string, Entry[]>();
  readonly #byId = new Map<number, Entry>();
  /** Devices for which something may be sent. */
  readonly #due = new Set<string>();
  readonly #flying = new Set<Entry>();
  /** Answered, and not yet settled in the store. */
  readonly #answered = new Set<Entry>();
  /** Sent as often as they may be, without an answer. */
  readonly #spent = new Set<Entry>();
  #version = '';
  #newest = 0;
  #forgotAt = -Infinity;
  #firstLoad = true;
  #isTicking = false;
  #stopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  opened(line: CommandLine): void {
    const key = identKey(line.ident);
    // Behind a carrier a device's old connection may look alive for long: it speaks over the new one.
    const older = this.#lines.get(key);
    if (older !== undefined) this.#land(key, older);
    this.#lines.set(key, line);
    if (this.#byDevice.has(key)) this.#due.add(key);
  }

  answered(line: CommandLine): void {
    const carried = this.#entriesOf(identKey(line.ident)).filter(({ command }) => command.sessionId === line.sessionId);
    // Those before the last were given up.
    const last = carried.reduce<Entry | null>((a, b) => ((a?.command.sentAt ?? 0) > (b.command.sentAt ?? 0) ? a : b), null);
    if (last === null) return;
    last.answered = true;
    this.#answered.add(last);
  }

  closed(line: CommandLine): void {
    const key = identKey(line.ident);
    if (this.#lines.get(key) === line) this.#lines.delete(key);
    this.#land(key, line);
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Does what is due. To be called at least once a second; costs next to nothing while there are no commands. */
  async tick(): Promise<void> {
    if (this.#isTicking) return;
    this.#isTicking = true;
    try {
      await this.#tick(this.#options.now());
    } finally {
      this.#isTicking = false;
    }
  }

  async #tick(now: EpochMs): Promise<void> {
    await this.#load();
    if (now - this.#forgotAt >= FORGET_EVERY_MS) {
      await this.#options.queue.forget(now - this.#options.keepMs, END_MOST);
      this.#forgetOver(now);
      this.#forgotAt = now;
    }
    if (this.#byId.size === 0) return;
    await this.#settle();
    await this.#giveUp(now);
    await this.#expire(now);
    await this.#sendDue();
  }

  async #load(): Promise<void> {
    const { queue } = this.#options;
    const version = await queue.version();
    if (version === this.#version) return;
    const commands = await queue.open(this.#newest, LOAD_MOST);
    for (const command of commands) this.#add(command);
    if (commands.length === LOAD_MOST) return;
    this.#version = version;
    this.#firstLoad = false;
  }

  #add(command: Command): void {
    const key = identKey(command.ident);
    const inherited = this.#firstLoad && command.attempts > 0;
    const entry: Entry = { key, command, flight: null, carried: false, answered: false, inherited };
    this.#newest = Math.max(this.#newest, command.id);
    this.#byId.set(command.id, entry);
    const entries = this.#byDevice.get(key);
    if (entries === undefined) this.#byDevice.set(key, [entry]);
    else entries.push(entry);
    this.#noteSpent(entry);
    if (this.#lines.has(key)) this.#due.add(key);
  }

  /** Looks up what the pipeline has made of answers. */
  async #settle(): Promise<void> {
    for (const entry of this.#answered) {
      const stored = await this.#options.queue.byId(entry.command.id);
      if (stored === null || !isOpen(stored)) this.#remove(entry);
    }
  }

  /** Lets sessions go on that wait for an answer too long, and ends commands that no further session may carry. */
  async #giveUp(now: EpochMs): Promise<void> {
    const { queue, answerMs } = this.#options;
    for (const { key, flight, answered } of this.#flying) {
      if (!answered && flight !== null && now - flight.since >= answerMs) this.#land(key, flight.line);
    }
    for (const entry of this.#spent) {
      const { id, attempts, sentAt } = entry.command;
      if (entry.flight !== null || entry.answered || this.#isHeld(entry)) continue;
      // Another gateway may have sent it, and its device still answer.
      if (queue.isShared && !entry.carried && sentAt !== null && now - sentAt < answerMs) continue;
      await this.#fail(entry, id, attempts === 1 ? 'sent once, not answered' : `sent ${attempts} times, not answered`);
    }
  }

  async #expire(now: EpochMs): Promise<void> {
    const { queue, answerMs } = this.#options;
    for (const id of await queue.expire(now, now - answerMs, END_MOST)) {
      const entry = this.#byId.get(id);
      if (entry !== undefined) this.#remove(entry);
    }
  }

  /** Forgets what others have brought to an end: no answer to it comes any more. */
  #forgetOver(now: EpochMs): void {
    for (const entry of this.#byId.values()) {
      if (entry.command.expiresAt < now - FORGET_EVERY_MS) this.#remove(entry);
    }
  }

  async #sendDue(): Promise<void> {
    const ready: Entry[] = [];
    for (const key of this.#due) {
      if (ready.length >= SEND_MOST) break;
      const entry = this.#nextOf(key);
      if (entry === 'held') continue;
      this.#due.delete(key);
      const line = this.#lines.get(key);
      if (entry === null || line === undefined) continue;
      if (line.idle) ready.push(entry);
      else line.whenIdle(() => this.#sendWhenIdle(key));
    }
    await this.#send(ready);
  }

  #sendWhenIdle(key: string): void {
    if (this.#stopped) return;
    // A newer session may have come meanwhile, which owes acks of its own.
    if (this.#lines.get(key)?.idle === false) {
      this.#due.add(key);
      return;
    }
    const entry = this.#nextOf(key);
    if (entry !== null && entry !== 'held') this.#send([entry]).catch(this.#options.onTrouble);
  }

  /** The command that a device's line is to carry next; `null` where there is none, `held` where it has to wait for the pipeline. */
  #nextOf(key: string): Entry | 'held' | null {
    const line = this.#lines.get(key);
    const entries = this.#entriesOf(key);
    if (line === undefined) return null;
    if (entries.some(({ flight }) => flight !== null)) return null;
    for (const entry of entries) {
      if (entry.answered) return null;
      // This session had it and did not answer: only another one may have it again.
      if (entry.command.sessionId === line.sessionId) continue;
      return this.#isHeld(entry) ? 'held' : entry;
    }
    return null;
  }

  #isHeld(entry: Entry): boolean {
    return entry.inherited && !this.#options.isCaughtUp();
  }

  async #send(entries: readonly Entry[]): Promise<void> {
    const at = this.#options.now();
    // Until the store has counted them nothing has happened: should it refuse, they are still due.
    for (const { key } of entries) this.#due.add(key);
    const ready: { entry: Entry; line: CommandLine; bytes: Uint8Array }[] = [];
    for (const entry of entries) {
      const line = this.#lines.get(entry.key);
      if (line === undefined) continue;
      const bytes = line.encode(entry.command.text, entry.command.addressed);
      if (bytes !== null) ready.push({ entry, line, bytes });
      else await this.#fail(entry, entry.command.id, `${line.protocol} has no such command`);
    }
    if (ready.length === 0) return;
    const sendings = ready.map(({ entry, line }) => {
      return { id: entry.command.id, sessionId: line.sessionId, protocol: line.protocol, at };
    });
    for (const { entry, line } of ready) this.#take(entry, line, at);
    let allowed: ReadonlySet<number>;
    try {
      allowed = await this.#options.queue.beginSendings(sendings);
    } catch (error) {
      for (const { entry, line } of ready) this.#land(entry.key, line);
      throw error;
    }
    for (const { entry, line, bytes } of ready) {
      if (allowed.has(entry.command.id)) this.#deliver(entry, line, bytes, at);
      else await this.#refresh(entry, line);
    }
  }

  /** From here on the command is on its way, whatever comes of it. */
  #take(entry: Entry, line: CommandLine, at: EpochMs): void {
    this.#due.delete(entry.key);
    entry.flight = { line, since: at };
    this.#flying.add(entry);
  }

  /** Sends a command that the store has counted. Its session may have ended meanwhile, or owe acks again. */
  #deliver(entry: Entry, line: CommandLine, bytes: Uint8Array, at: EpochMs): void {
    const { command } = entry;
    const { sessionId, protocol } = line;
    entry.command = { ...command, status: 'sent', attempts: command.attempts + 1, sentAt: at, sessionId, protocol };
    entry.carried = true;
    const send = (): void => {
      if (entry.flight?.line === line && !this.#stopped) line.send(bytes);
    };
    if (entry.flight?.line !== line) this.#noteSpent(entry);
    else if (line.idle) send();
    else line.whenIdle(send);
  }

  /** The store knows more of a command than we do. */
  async #refresh(entry: Entry, line: CommandLine): Promise<void> {
    this.#land(entry.key, line);
    const stored = await this.#options.queue.byId(entry.command.id);
    if (stored === null || !isOpen(stored)) {
      this.#remove(entry);
      return;
    }
    entry.command = stored;
    this.#noteSpent(entry);
  }

  #noteSpent(entry: Entry): void {
    if (entry.command.attempts >= entry.command.maxAttempts) this.#spent.add(entry);
  }

  /** Nothing more is to be expected of this line: what it carries is to be sent over another one. */
  #land(key: string, line: CommandLine): void {
    for (const entry of this.#entriesOf(key)) {
      if (entry.flight?.line !== line) continue;
      entry.flight = null;
      this.#flying.delete(entry);
      this.#noteSpent(entry);
    }
    if (this.#byDevice.has(key)) this.#due.add(key);
  }

  async #fail(entry: Entry, id: number, why: string): Promise<void> {
    await this.#options.queue.fail(id, why);
    this.#remove(entry);
  }

  #remove(entry: Entry): void {
    this.#byId.delete(entry.command.id);
    for (const set of [this.#flying, this.#answered, this.#spent]) set.delete(entry);
    const left = this.#entriesOf(entry.key).filter((other) => other !== entry);
    if (left.length === 0) {
      this.#byDevice.delete(entry.key);
      this.#due.delete(entry.key);
      return;
    }
    this.#byDevice.set(entry.key, left);
    this.#due.add(entry.key);
  }

  #entriesOf(key: string): readonly Entry[] {
    return this.#byDevice.get(key) ?? [];
  }
}

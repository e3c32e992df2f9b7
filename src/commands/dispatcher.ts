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
  tick(): void {
    const now = this.#options.now();
    this.#load();
    if (now - this.#forgotAt >= FORGET_EVERY_MS) {
      this.#options.queue.forget(now - this.#options.keepMs, END_MOST);
      this.#forgotAt = now;
    }
    if (this.#byId.size === 0) return;
    this.#settle();
    this.#giveUp(now);
    this.#expire(now);
    this.#sendDue();
  }

  #load(): void {
    const { queue } = this.#options;
    const version = queue.version();
    if (version === this.#version) return;
    const commands = queue.open(this.#newest, LOAD_MOST);
    for (const command of commands) this.#add(command);
    if (commands.length === LOAD_MOST) return;
    this.#version = version;
    this.#firstLoad = false;
  }

  #add(command: Command): void {
    const key = identKey(command.ident);
    const entry: Entry = { key, command, flight: null, answered: false, inherited: this.#firstLoad && command.attempts > 0 };
    this.#newest = Math.max(this.#newest, command.id);
    this.#byId.set(command.id, entry);
    const entries = this.#byDevice.get(key);
    if (entries === undefined) this.#byDevice.set(key, [entry]);
    else entries.push(entry);
    if (command.attempts >= command.maxAttempts) this.#spent.add(entry);
    if (this.#lines.has(key)) this.#due.add(key);
  }

  /** Looks up what the pipeline has made of answers. */
  #settle(): void {
    for (const entry of this.#answered) {
      const stored = this.#options.queue.byId(entry.command.id);
      if (stored === null || !isOpen(stored)) this.#remove(entry);
    }
  }

  /** Lets sessions go on that wait for an answer too long, and ends commands that no further session may carry. */
  #giveUp(now: EpochMs): void {
    for (const { key, flight, answered } of this.#flying) {
      if (!answered && flight !== null && now - flight.since >= this.#options.answerMs) this.#land(key, flight.line);
    }
    for (const entry of this.#spent) {
      const { id, attempts } = entry.command;
      if (entry.flight !== null || entry.answered || this.#isHeld(entry)) continue;
      this.#fail(entry, id, attempts === 1 ? 'sent once, not answered' : `sent ${attempts} times, not answered`);
    }
  }

  #expire(now: EpochMs): void {
    const { queue, answerMs } = this.#options;
    for (const id of queue.expire(now, now - answerMs, END_MOST)) {
      const entry = this.#byId.get(id);
      if (entry !== undefined) this.#remove(entry);
    }
  }

  #sendDue(): void {
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
    this.#send(ready);
  }

  #sendWhenIdle(key: string): void {
    if (this.#stopped) return;
    // A newer session may have come meanwhile, which owes acks of its own.
    if (this.#lines.get(key)?.idle === false) {
      this.#due.add(key);
      return;
    }
    try {
      const entry = this.#nextOf(key);
      if (entry !== null && entry !== 'held') this.#send([entry]);
    } catch (error) {
      this.#options.onTrouble(error);
    }
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

  #send(entries: readonly Entry[]): void {
    const at = this.#options.now();
    // Until the store has counted them nothing has happened: should it refuse, they are still due.
    for (const { key } of entries) this.#due.add(key);
    const ready = entries.flatMap((entry) => {
      const line = this.#lines.get(entry.key) as CommandLine;
      const { id, text, addressed } = entry.command;
      const bytes = line.encode(text, addressed);
      if (bytes === null) this.#fail(entry, id, `${line.protocol} has no such command`);
      return bytes === null ? [] : [{ entry, line, bytes }];
    });
    if (ready.length === 0) return;
    const sendings = ready.map(({ entry, line }) => {
      return { id: entry.command.id, sessionId: line.sessionId, protocol: line.protocol, at };
    });
    const allowed = this.#options.queue.beginSendings(sendings);
    for (const { entry, line, bytes } of ready) {
      const { command, key } = entry;
      this.#due.delete(key);
      if (!allowed.has(command.id)) {
        this.#refresh(entry);
        continue;
      }
      line.send(bytes);
      const { sessionId, protocol } = line;
      entry.command = { ...command, status: 'sent', attempts: command.attempts + 1, sentAt: at, sessionId, protocol };
      entry.flight = { line, since: at };
      this.#flying.add(entry);
    }
  }

  /** The store knows more of a command than we do. */
  #refresh(entry: Entry): void {
    const stored = this.#options.queue.byId(entry.command.id);
    if (stored === null || !isOpen(stored)) this.#remove(entry);
    else entry.command = stored;
  }

  /** Nothing more is to be expected of this line: what it carries is to be sent over another one. */
  #land(key: string, line: CommandLine): void {
    for (const entry of this.#entriesOf(key)) {
      if (entry.flight?.line !== line) continue;
      entry.flight = null;
      this.#flying.delete(entry);
      if (entry.command.attempts >= entry.command.maxAttempts) this.#spent.add(entry);
    }
    if (this.#byDevice.has(key)) this.#due.add(key);
  }

  #fail(entry: Entry, id: number, why: string): void {
    this.#options.queue.fail(id, why);
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

import type { CaptureEntry } from '../entry.ts';

/** Bytes of one session that are kept until it names its device: a login is a fraction of it. */
const SESSION_BYTES = 16 * 1024;
const SESSIONS = 2_000;
/** What an entry costs besides its bytes, about. */
const ENTRY_BYTES = 200;

interface Held {
  entries: CaptureEntry[];
  bytes: number;
  dropped: number;
}

const NOTHING: Held = { entries: [], bytes: 0, dropped: 0 };

/** What sessions said that have not named their device yet. Bounded: the longest silent session is forgotten first. */
export class UnnamedSessions {
  readonly #sessions = new Map<string, Held>();

  /** Keeps an entry; of a session that says much, the latest. */
  add(entry: CaptureEntry): void {
    const { sessionId } = entry;
    const held = this.#sessions.get(sessionId) ?? { entries: [], bytes: 0, dropped: 0 };
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, held);
    held.entries.push(entry);
    held.bytes += entry.bytes.length + ENTRY_BYTES;
    while (held.bytes > SESSION_BYTES && held.entries.length > 0) {
      held.bytes -= (held.entries.shift() as CaptureEntry).bytes.length + ENTRY_BYTES;
      held.dropped++;
    }
    if (this.#sessions.size > SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value as string);
  }

  /** Gives what was kept of a session, and how many entries of it were not; it is forgotten. */
  take(sessionId: string): Pick<Held, 'entries' | 'dropped'> {
    const held = this.#sessions.get(sessionId) ?? NOTHING;
    this.#sessions.delete(sessionId);
    return held;
  }
}

import type { ParcelSession } from '../parcel-session.ts';

/**
 * The sessions of the devices behind one connection to a broker, the least recently heard forgotten first. A session that
 * was forgotten is begun anew: only what earlier frames told of the device's model is lost with it.
 */
export class SessionCache {
  readonly #capacity: number;
  readonly #sessions = new Map<string, ParcelSession>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Gives the session of a key, made where there is none; `null` where none can be made. */
  take(key: string, make: () => ParcelSession | null): ParcelSession | null {
    const session = this.#sessions.get(key) ?? make();
    if (session === null) return null;
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    if (this.#sessions.size > this.#capacity) this.#forgetOldest();
    return session;
  }

  [Symbol.iterator](): IterableIterator<ParcelSession> {
    return this.#sessions.values();
  }

  clear(): void {
    this.#sessions.clear();
  }

  #forgetOldest(): void {
    for (const [key, { owed }] of this.#sessions) {
      if (owed > 0) continue;
      this.#sessions.delete(key);
      return;
    }
  }
}

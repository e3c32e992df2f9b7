import type { EpochMs } from '#model/clocks';
import type { ConnectionLimits } from './connection-limits.ts';

interface Entry<Peer> {
  address: string;
  peer: Peer;
  /** When it was put behind the others. */
  movedAt: EpochMs;
}

/** A peer that is heard again within this time stays where it is among the others, ms: to move it costs as much as half of its session. */
const SAME_MS = 1_000;

/**
 * The senders of a transport without connections, by address and port, bounded: where there are too many, in all or of one
 * address, the one not heard for longest makes room; to the second.
 */
export class PeerTable<Peer> {
  readonly #limits: ConnectionLimits;
  /** Those heard last come last. */
  readonly #entries = new Map<string, Entry<Peer>>();
  readonly #byAddress = new Map<string, Set<string>>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Gives the peer of this name and marks it as heard; `undefined` where there is none. */
  heard(name: string, now: EpochMs): Peer | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const agoMs = now - entry.movedAt;
    // A clock that was set back must not keep it where it is for longer.
    if (agoMs >= 0 && agoMs < SAME_MS) return entry.peer;
    entry.movedAt = now;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const names = this.#byAddress.get(entry.address);
    names?.delete(name);
    names?.add(name);
    return entry.peer;
  }

  /** Adds a peer that is not there, and gives the one that had to make room. */
  add(name: string, address: string, peer: Peer, now: EpochMs): Peer | undefined {
    const names = this.#byAddress.get(address) ?? new Set();
    let oldest: string | undefined;
    if (names.size >= this.#limits.connectionsPerAddress) [oldest] = names;
    else if (this.#entries.size >= this.#limits.connections) [oldest] = this.#entries.keys();
    const removed = oldest === undefined ? undefined : this.remove(oldest);
    // Only now: the one that was removed may have been the last of the same address.
    names.add(name);
    this.#byAddress.set(address, names);
    this.#entries.set(name, { address, peer, movedAt: now });
    return removed;
  }

  /** Takes a peer out, and gives it. */
  remove(name: string): Peer | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    const names = this.#byAddress.get(entry.address);
    names?.delete(name);
    if (names?.size === 0) this.#byAddress.delete(entry.address);
    return entry.peer;
  }

  /** Gives all peers with their names, those not heard for longest first. */
  *[Symbol.iterator](): Generator<readonly [string, Peer]> {
    for (const [name, { peer }] of this.#entries) yield [name, peer];
  }
}

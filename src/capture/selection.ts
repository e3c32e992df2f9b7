import type { EpochMs } from '#model/clocks';
import { identKey } from '#model/tracker';

/** What is to be captured; an empty list stands for everything. */
export interface Selection {
  /** Idents of devices. Compared as `identKey` says. */
  idents: readonly string[];
  /** Addresses of devices, with or without their port. */
  peers: readonly string[];
  listeners: readonly string[];
}

/** Times to be captured: `[from, to)`, each `null` without bound. */
export interface Span {
  from: EpochMs | null;
  to: EpochMs | null;
}

export function isWithin(at: EpochMs, { from, to }: Span): boolean {
  return (from === null || at >= from) && (to === null || at < to);
}

/** A selection made ready for many questions. */
export class Selector {
  readonly #idents: ReadonlySet<string>;
  readonly #peers: ReadonlySet<string>;
  readonly #listeners: ReadonlySet<string>;

  constructor({ idents, peers, listeners }: Selection) {
    this.#idents = new Set(idents.map(identKey));
    this.#peers = new Set(peers);
    this.#listeners = new Set(listeners);
  }

  /** Devices are chosen by what they are called, not only by the way they come. */
  get byIdent(): boolean {
    return this.#idents.size > 0;
  }

  /** Judges by the way alone. */
  takesWay(listener: string, peer: string): boolean {
    if (this.#listeners.size > 0 && !this.#listeners.has(listener)) return false;
    return (
      this.#peers.size === 0 || this.#peers.has(peer) || this.#peers.has(peer.slice(0, Math.max(0, peer.lastIndexOf(':'))))
    );
  }

  /** Judges by what the device is called; empty where nothing has named it. */
  takesIdent(ident: string): boolean {
    return this.#idents.size === 0 || this.#idents.has(identKey(ident));
  }
}

import { identKey } from '#model/tracker';

/** What becomes of a second live connection of a device. */
export type TakeoverPolicy =
  /** It takes the place of the first, which is ended once all it is owed has left. */
  | 'newest'
  /** It is refused for as long as the first is there. */
  | 'refuse'
  /** Both stay. */
  | 'both';

/** A connection that has named its device. */
export interface Claimant {
  /** Remote address and port. */
  readonly peerName: string;
  readonly listener: string;
  /** Another connection has taken its place: it is to end, in order. */
  replaced(): void;
}

/** A device has more than one live connection. */
export interface Takeover {
  ident: string;
  newer: Claimant;
  older: Claimant;
  policy: TakeoverPolicy;
}

/** Which devices are connected, over all listeners of the gateway. Bounded by the bounds of connections. */
export class Presence {
  readonly #byIdent = new Map<string, Set<Claimant>>();
  readonly #onTakeover: (takeover: Takeover) => void;
  readonly #onNewest: (ident: string) => void;

  /** `onNewest` hears of each connection that takes the place of all others, for those that are elsewhere. */
  constructor(onTakeover: (takeover: Takeover) => void, onNewest: (ident: string) => void = () => undefined) {
    this.#onTakeover = onTakeover;
    this.#onNewest = onNewest;
  }

  /** A connection names its device. False where it may not stay, because another of the device is there. */
  claim(ident: string, newer: Claimant, policy: TakeoverPolicy): boolean {
    const key = identKey(ident);
    const here = this.#byIdent.get(key) ?? new Set<Claimant>();
    const others = [...here].filter((one) => one !== newer);
    const [older] = others;
    if (older !== undefined) this.#onTakeover({ ident, newer, older, policy });
    if (older !== undefined && policy === 'refuse') return false;
    here.add(newer);
    this.#byIdent.set(key, here);
    if (policy === 'newest') {
      for (const one of others) one.replaced();
      this.#onNewest(ident);
    }
    return true;
  }

  /** Ends the connections of a device: a newer one elsewhere has taken their place. */
  displace(ident: string): void {
    for (const one of this.#byIdent.get(identKey(ident)) ?? []) one.replaced();
  }

  /** A connection is no longer that of the device. */
  leave(ident: string, claimant: Claimant): void {
    const key = identKey(ident);
    const here = this.#byIdent.get(key);
    here?.delete(claimant);
    if (here?.size === 0) this.#byIdent.delete(key);
  }
}

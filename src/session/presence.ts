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
  /** With the moment of each claim. */
  readonly #byIdent = new Map<string, Map<Claimant, number>>();
  readonly #onTakeover: (takeover: Takeover) => void;
  readonly #onNewest: (ident: string, at: number) => void;

  /** `onNewest` hears of each connection that takes the place of all others, for those that are elsewhere, and of its moment. */
  constructor(onTakeover: (takeover: Takeover) => void, onNewest: (ident: string, at: number) => void = () => undefined) {
    this.#onTakeover = onTakeover;
    this.#onNewest = onNewest;
  }

  /** A connection names its device. False where it may not stay, because another of the device is there. */
  claim(ident: string, newer: Claimant, policy: TakeoverPolicy): boolean {
    const key = identKey(ident);
    const here = this.#byIdent.get(key) ?? new Map<Claimant, number>();
    const others = [...here.keys()].filter((one) => one !== newer);
    const [older] = others;
    if (older !== undefined) this.#onTakeover({ ident, newer, older, policy });
    if (older !== undefined && policy === 'refuse') return false;
    const at = momentOfMachine();
    here.set(newer, at);
    this.#byIdent.set(key, here);
    if (policy === 'newest') {
      for (const one of others) one.replaced();
      this.#onNewest(ident, at);
    }
    return true;
  }

  /** Ends the connections of a device that were there at a moment: another process has let in a newer one then. */
  displace(ident: string, at: number): void {
    for (const [one, claimedAt] of this.#byIdent.get(identKey(ident)) ?? []) if (claimedAt < at) one.replaced();
  }

  /** A connection is no longer that of the device. */
  leave(ident: string, claimant: Claimant): void {
    const key = identKey(ident);
    const here = this.#byIdent.get(key);
    here?.delete(claimant);
    if (here?.size === 0) this.#byIdent.delete(key);
  }
}

/** Now by the clock that all processes of this machine share and that never jumps, ms. */
function momentOfMachine(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

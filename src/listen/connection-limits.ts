/** Bounds on how many connections one listener holds. */
export interface ConnectionLimits {
  connections: number;
  /** From one remote address. */
  connectionsPerAddress: number;
}

/** Counts connections by remote address. */
export class ConnectionCount {
  readonly #limits: ConnectionLimits;
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Counts a connection in; false, and not counted, where a limit is reached. */
  enter(address: string): boolean {
    if (!this.enterUnnamed()) return false;
    if (this.name(address)) return true;
    this.#total--;
    return false;
  }

  /** Counts a connection in whose address is not known yet. */
  enterUnnamed(): boolean {
    if (this.#total >= this.#limits.connections) return false;
    this.#total++;
    return true;
  }

  /** Counts a connection for its address, which had none; false where the address has too many. */
  name(address: string): boolean {
    const here = this.#byAddress.get(address) ?? 0;
    if (here >= this.#limits.connectionsPerAddress) return false;
    this.#byAddress.set(address, here + 1);
    return true;
  }

  /** Counts a connection out; `null` is one that never had an address. */
  leave(address: string | null): void {
    this.#total--;
    if (address === null) return;
    const here = this.#byAddress.get(address) ?? 0;
    if (here <= 1) this.#byAddress.delete(address);
    else this.#byAddress.set(address, here - 1);
  }
}

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
    const here = this.#byAddress.get(address) ?? 0;
    if (this.#total >= this.#limits.connections || here >= this.#limits.connectionsPerAddress) return false;
    this.#total++;
    this.#byAddress.set(address, here + 1);
    return true;
  }

  /** Counts a connection out. */
  leave(address: string): void {
    const here = this.#byAddress.get(address) ?? 0;
    this.#total--;
    if (here <= 1) this.#byAddress.delete(address);
    else this.#byAddress.set(address, here - 1);
  }
}

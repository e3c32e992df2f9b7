import type { ErrorCode } from '#errors/codes';

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

  /** Counts a connection in, and gives `null`; the limit that is reached where it is not counted. */
  enter(address: string): ErrorCode | null {
    const refused = this.enterUnnamed() ?? this.name(address);
    if (refused === 'listener_address_limit') this.#total--;
    return refused;
  }

  /** Counts a connection in whose address is not known yet. */
  enterUnnamed(): ErrorCode | null {
    if (this.#total >= this.#limits.connections) return 'listener_limit';
    this.#total++;
    return null;
  }

  /** Counts a connection for its address, which had none. */
  name(address: string): ErrorCode | null {
    const here = this.#byAddress.get(address) ?? 0;
    if (here >= this.#limits.connectionsPerAddress) return 'listener_address_limit';
    this.#byAddress.set(address, here + 1);
    return null;
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

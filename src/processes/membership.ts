import { GatewayError } from '#errors/gateway-error';
import type { EngineAt, ReachedEngine } from './orders.ts';

export type MembershipOptions = Pick<Membership, 'sharesPorts' | 'isFirst' | 'others'> & {
  onClaimed: (ident: string, at: number) => void;
};

/** What a gateway knows of the others where it is one of several processes. */
export class Membership {
  /** Whether its TCP ports are shared. */
  readonly sharesPorts: boolean;
  /** Whether it is the one that makes the first key where there is none. */
  readonly isFirst: boolean;
  /** Folders in which the others say where they answer. */
  readonly others: readonly string[];
  /** What is missing of the others, in words. */
  othersMissing: readonly string[];
  readonly #onClaimed: (ident: string, at: number) => void;
  readonly #reached = Promise.withResolvers<void>();
  #engine: ReachedEngine | null = null;

  constructor(options: MembershipOptions) {
    this.sharesPorts = options.sharesPorts;
    this.isFirst = options.isFirst;
    this.others = options.others;
    // The first answers for all, and has not heard of them yet.
    this.othersMissing = options.isFirst ? ['the supervisor has not said yet how the other processes are'] : [];
    this.#onClaimed = options.onClaimed;
  }

  /** ClickHouse was reached, or has moved. */
  reached(engine: ReachedEngine): void {
    this.#engine = engine;
    this.#reached.resolve();
  }

  /** Waits until the supervisor has reached ClickHouse. Rejects when the signal comes. */
  async untilReached(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#reached.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Where the engine that all share answers now; `null` where ClickHouse is a server. */
  get engine(): EngineAt | null {
    if (this.#engine === null) throw new GatewayError('sink_unreachable', 'the engine was not reached yet');
    return this.#engine.at;
  }

  get engineRestarts(): number {
    return this.#engine?.restarts ?? 0;
  }

  /** A device has connected here, and this connection is to take the place of all others. */
  claimed(ident: string, at: number): void {
    this.#onClaimed(ident, at);
  }
}

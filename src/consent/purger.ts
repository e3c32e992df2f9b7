/**
 * Purges what withdrawn consents oblige to delete. A step that is done is written down at its withdrawal, so that a gateway that is
 * killed goes on where it was; doing a step twice is harmless.
 */
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import { ruleOf } from './rules.ts';
import { stateOf, type PlaceProof, type Withdrawal } from './withdrawal.ts';
import type { Withdrawals } from './withdrawals.ts';

/** What was done at a place. */
export type Purged = Pick<PlaceProof, 'removed' | 'left' | 'kept'>;

/** Where data of vehicles is. */
export interface Place {
  name: string;
  /** Deletes all of the vehicle that is there, and looks again. Rejects where it cannot be done now. */
  purge(withdrawal: PurgedWithdrawal, signal: AbortSignal): Promise<Purged>;
}

/** A withdrawal whose idents are still there. */
export type PurgedWithdrawal = Withdrawal & { idents: readonly string[] };

export interface PurgerParts {
  withdrawals: Withdrawals;
  /** Id of this gateway's spool. */
  gateway: string;
  places: readonly Place[];
  /** Gateways whose places must be done, by the ids of their spools; this one among them. */
  gateways: () => Promise<readonly string[]>;
  /** Resolves when all that was taken in before the withdrawals were known has come to its place. */
  settled: (signal: AbortSignal) => Promise<void>;
  /** Tells whether the gate of this gateway has a withdrawal: what goes by the gate finds nothing of one that it has not. */
  isKnown: (id: string) => boolean;
  now: Clock;
  onTrouble: (error: unknown) => void;
  onPurged: (withdrawal: Withdrawal) => void;
}

/** How often is looked for what is to be done, ms. */
const LOOK_MS = 5_000;
/** Pause after a failure, ms: the first, doubled up to the last. */
const RETRY_MS = { first: 500, last: 60_000 };

export class Purger {
  readonly #parts: PurgerParts;
  readonly #stop = new AbortController();
  #turn: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #delay = RETRY_MS.first;
  #isWanted = false;

  constructor(parts: PurgerParts) {
    this.#parts = parts;
  }

  /** Something may be to be done. */
  nudge(): void {
    if (this.#stop.signal.aborted) return;
    this.#isWanted = true;
    this.#turn ??= this.#run();
  }

  /** Ends after the step that is under way, or in the middle of it where it takes long. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#turn;
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer);
    let pause = LOOK_MS;
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.#purgeAll();
      }
      this.#delay = RETRY_MS.first;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#parts.onTrouble(error);
      pause = this.#delay;
      this.#delay = Math.min(this.#delay * 2, RETRY_MS.last);
    } finally {
      this.#turn = null;
    }
    if (!this.#stop.signal.aborted) this.#timer = setTimeout(() => this.nudge(), pause).unref();
  }

  async #purgeAll(): Promise<void> {
    const { withdrawals, settled, isKnown } = this.#parts;
    const { signal } = this.#stop;
    const open = (await withdrawals.all()).filter(isOpen);
    if (open.length === 0) return;
    if (open.some((withdrawal) => this.#placesOf(withdrawal).length > 0)) await settled(signal);
    for (const withdrawal of open) {
      // It was written down a moment ago and is not told yet: the next look comes soon.
      if (!isKnown(withdrawal.id)) continue;
      let is: Withdrawal = withdrawal;
      for (const place of this.#placesOf(withdrawal)) is = await this.#purge(withdrawal, place);
      await this.#finish(is);
    }
  }

  /** Places of this gateway that are still to be done. */
  #placesOf({ places }: Withdrawal): readonly Place[] {
    const { gateway } = this.#parts;
    return this.#parts.places.filter(({ name }) => !isDoneAt(places, name, gateway));
  }

  async #purge(withdrawal: PurgedWithdrawal, one: Place): Promise<Withdrawal> {
    const { withdrawals, gateway, now } = this.#parts;
    this.#stop.signal.throwIfAborted();
    const { name: place } = one;
    const startedAt = now();
    const purged = await one.purge(withdrawal, this.#stop.signal);
    const found = Object.entries(purged.left).filter(([, count]) => count > 0);
    if (found.length > 0) {
      const detail = found.map(([what, count]) => `${count} ${what}`).join(', ');
      throw new GatewayError('consent_overdue', `${withdrawal.id}: there are still ${detail} in ${place}; it is tried again`);
    }
    const proof: PlaceProof = { place, gateway, ...purged, startedAt, finishedAt: now() };
    return withdrawals.change(withdrawal.id, (is) =>
      isDoneAt(is.places, place, gateway) ? is : { ...is, places: [...is.places, proof] },
    );
  }

  /** Ends a withdrawal whose last place is done. */
  async #finish({ id, places, finishedAt }: Withdrawal): Promise<void> {
    if (finishedAt !== null) return;
    const { withdrawals, gateways, now } = this.#parts;
    const names = this.#parts.places.map(({ name }) => name);
    const isDone = (gateway: string): boolean => names.every((name) => isDoneAt(places, name, gateway));
    if (!(await gateways()).every(isDone)) return;
    const done = await withdrawals.change(id, (is) => {
      if (is.finishedAt !== null) return is;
      return { ...is, finishedAt: now(), idents: ruleOf(is.protocol).keepsIdent ? is.idents : null };
    });
    this.#parts.onPurged(done);
  }
}

function isDoneAt(places: readonly PlaceProof[], place: string, gateway: string): boolean {
  return places.some((done) => done.place === place && done.gateway === gateway);
}

function isOpen(withdrawal: Withdrawal): withdrawal is PurgedWithdrawal {
  const { demand, vehicles, idents, finishedAt } = withdrawal;
  return finishedAt === null && demand === 'erase' && vehicles.length > 0 && idents !== null;
}

/** How many withdrawals are in each state that somebody may have to look at. */
export function openStates(
  all: readonly Withdrawal[],
  now: number,
): Readonly<Record<'unresolved' | 'purging' | 'overdue', number>> {
  const counts = { unresolved: 0, purging: 0, overdue: 0 };
  for (const withdrawal of all) {
    const state = stateOf(withdrawal, now);
    if (state in counts) counts[state as keyof typeof counts]++;
  }
  return counts;
}

/** What operators and companies do about consents: the command line and the API call it alike. */
import { GatewayError } from '#errors/gateway-error';
import type { EpochMs } from '#model/clocks';
import { identsOf, isActive } from '#model/tracker';
import type { TrackerRegistry } from '../store/tracker-store.ts';
import type { Demand, Withdrawal } from './withdrawal.ts';
import type { Withdrawals } from './withdrawals.ts';

/** A withdrawal as a person states it. */
export interface Wish {
  companyId: string;
  /** An oid of a tracker, or an ident: a VIN, an IMEI. */
  vehicle: string;
  /** Only what comes by this protocol; whatever way where it is `null`. */
  protocol: string | null;
  demand: Demand;
  cause: string;
  /** Who states it. */
  by: string;
  statedAt: EpochMs | null;
}

export interface DeskParts {
  withdrawals: Withdrawals;
  registry: Pick<TrackerRegistry, 'trackersCalled'>;
  /** Names of protocols. */
  protocols: readonly string[];
  /** Something was stated: a gateway in this process acts at once. */
  onStated: () => void;
}

export class ConsentDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /**
   * Takes down a withdrawal of the company. A vehicle that its trackers have is meant by all idents of these; any other by the ident
   * given, and only as far as the company's own clouds speak of it. Fails with `consent_invalid`.
   */
  async withdraw({ vehicle, ...wish }: Wish): Promise<Withdrawal> {
    const { withdrawals, registry, protocols, onStated } = this.#parts;
    if (wish.protocol !== null && !protocols.includes(wish.protocol)) {
      throw new GatewayError('consent_invalid', `there is no protocol "${wish.protocol}"`);
    }
    const found = await registry.trackersCalled(vehicle.trim());
    const own = found.filter(({ companyId }) => companyId === wish.companyId);
    const isOid = found.some(({ oid }) => oid === vehicle.trim());
    // Whether another company has such a tracker is told to nobody.
    if (isOid && own.length === 0) throw new GatewayError('consent_invalid', `the company has no tracker "${vehicle}"`);
    const idents = own.flatMap((tracker) => identsOf(tracker).map(({ ident }) => ident));
    const others = found.filter((tracker) => isActive(tracker) && tracker.companyId !== wish.companyId);
    const made = await withdrawals.withdraw({
      ...wish,
      idents: isOid ? idents : [vehicle, ...idents],
      // A box that went to another company is that company's from then on.
      shared: own.length > 0 && others.length === 0,
    });
    onStated();
    return made;
  }

  async grant(companyId: string, id: string): Promise<Withdrawal> {
    const lifted = await this.#parts.withdrawals.grant(companyId, id);
    this.#parts.onStated();
    return lifted;
  }

  get(companyId: string, id: string): Promise<Withdrawal> {
    return this.#parts.withdrawals.get(companyId, id);
  }

  list(companyId: string, page: { afterId?: string | undefined; most: number }): Promise<readonly Withdrawal[]> {
    return this.#parts.withdrawals.list(companyId, page);
  }
}

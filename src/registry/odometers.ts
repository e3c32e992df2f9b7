/** Odometers as owners read them at registration, kept for the validation that compares them with the vehicle's own. */
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import type { DocumentStore } from '../store/document-store.ts';
import { Collection } from './collection.ts';

interface Body {
  km: number;
  readAt: EpochMs;
}

export class Odometers {
  readonly #odometers: Collection<Body>;
  readonly #now: Clock;

  constructor(documents: DocumentStore, now: Clock) {
    this.#odometers = new Collection(documents, 'odometers', unknown);
    this.#now = now;
  }

  /** Keeps what the owner of a tracker has read, instead of what was kept before. */
  async put(companyId: string, oid: string, km: number): Promise<void> {
    const body: Body = { km, readAt: this.#now() };
    if (!(await this.#odometers.insert(companyId, oid, body))) await this.#odometers.change(companyId, oid, () => ({ body }));
  }

  /** Gives what was read, km; `null` where nothing was. */
  async get(companyId: string, oid: string): Promise<number | null> {
    const found = await this.#odometers.find(oid);
    return found?.companyId === companyId ? found.body.km : null;
  }

  /** Forgets what was read; false where nothing was. */
  async forget(companyId: string, oid: string): Promise<boolean> {
    if ((await this.get(companyId, oid)) === null) return false;
    await this.#odometers.remove(companyId, oid);
    return true;
  }
}

function unknown(oid: string): GatewayError {
  return new GatewayError('tracker_unknown', `no odometer of ${oid} is known`);
}

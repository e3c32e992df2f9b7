/** Companies: who trackers, keys, credentials and groups belong to. */
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import { DEFAULT_COMPANY } from '#model/tracker';
import type { Document, DocumentStore } from '../store/document-store.ts';
import { Collection, type Page } from './collection.ts';

export interface Company {
  /** Chosen by who makes it, and never changed. */
  id: string;
  name: string;
  /** Active trackers it may have; `null` where nobody has set a limit. */
  maxTrackers: number | null;
  createdAt: EpochMs;
}

/** What its maker says of a company. */
export type NewCompany = Pick<Company, 'id' | 'name'> & { maxTrackers?: number | null };

type Body = Omit<Company, 'id'>;

/** What an id must look like, as a pattern and in words. */
export const COMPANY_ID = /^[a-z][a-z0-9-]{0,31}$/;
const ID_RULE = 'has 1 to 32 lower-case letters, digits and hyphens, and begins with a letter';

/** Documents that belong to no company have this one. */
const NOBODY = '';

export class Companies {
  readonly #companies: Collection<Body>;
  readonly #now: Clock;

  constructor(documents: DocumentStore, now: Clock) {
    this.#companies = new Collection(documents, 'companies', unknown);
    this.#now = now;
  }

  /** Makes a company. Fails with `company_invalid` or `company_exists`. */
  async create({ id, name, maxTrackers = null }: NewCompany): Promise<Company> {
    if (!COMPANY_ID.test(id)) throw new GatewayError('company_invalid', `the id "${id}" of a company ${ID_RULE}`);
    await this.ensureDefault();
    const body: Body = { name, maxTrackers, createdAt: this.#now() };
    if (await this.#companies.insert(NOBODY, id, body)) return { id, ...body };
    throw new GatewayError('company_exists', `there is a company "${id}" already`);
  }

  /** Has the company of all that was registered without naming one. */
  async ensureDefault(): Promise<void> {
    if ((await this.#companies.find(DEFAULT_COMPANY)) !== null) return;
    const body: Body = { name: 'Default company', maxTrackers: null, createdAt: this.#now() };
    await this.#companies.insert(NOBODY, DEFAULT_COMPANY, body);
  }

  /** Lists companies by ascending id. */
  async list(page: Page): Promise<readonly Company[]> {
    await this.ensureDefault();
    return (await this.#companies.list(NOBODY, page)).map(companyOf);
  }

  /** Gives a company. Fails with `company_unknown`. */
  async get(id: string): Promise<Company> {
    if (id === DEFAULT_COMPANY) await this.ensureDefault();
    return companyOf(await this.#companies.get(NOBODY, id));
  }

  /** Changes name or limit. Fails with `company_unknown`. */
  async update(
    id: string,
    { name, maxTrackers }: { name?: string | undefined; maxTrackers?: number | null | undefined },
  ): Promise<Company> {
    if (id === DEFAULT_COMPANY) await this.ensureDefault();
    const make = (body: Body) => ({
      body: { ...body, ...(name === undefined ? {} : { name }), ...(maxTrackers === undefined ? {} : { maxTrackers }) },
    });
    return companyOf(await this.#companies.change(NOBODY, id, make));
  }
}

function unknown(id: string): GatewayError {
  return new GatewayError('company_unknown', `there is no company "${id}"`);
}

function companyOf({ id, body }: Document<Body>): Company {
  return { id, ...body };
}

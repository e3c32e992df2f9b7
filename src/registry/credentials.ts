/** Accounts of companies at providers. Their values are sealed, and come out only to speak to the provider. */
import { randomUUID } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import { PROVIDERS, type ProviderName } from '#model/tracker';
import type { SealedBox } from '../secrets/sealed-box.ts';
import type { Document, DocumentStore } from '../store/document-store.ts';
import { Collection, type Page } from './collection.ts';

/** What may be shown of credentials. */
export interface Credential {
  id: string;
  companyId: string;
  provider: ProviderName;
  name: string;
  /** Names of the values that are kept. */
  fields: readonly string[];
  createdAt: EpochMs;
  updatedAt: EpochMs;
}

/** The values themselves, by name. */
export type CredentialValues = Readonly<Record<string, string>>;

/** Names of the values an account at a provider is made of. */
export interface CredentialFields {
  required: readonly string[];
  optional: readonly string[];
}

/** Asks a provider whether it accepts an account, by a request that changes nothing. */
export type TryAccount = (
  provider: ProviderName,
  values: CredentialValues,
) => Promise<{ ok: true } | { ok: false; reason: string }>;

export interface CredentialsParts {
  documents: DocumentStore;
  box: SealedBox;
  /** `null` for a provider without accounts. */
  fieldsOf: (provider: ProviderName) => CredentialFields | null;
  /** Tries an account at its provider. Fails with `provider_unreachable` where nobody can be asked. */
  tryAccount: TryAccount;
  now: Clock;
}

/** What is asked to be kept. */
export interface NewCredential {
  provider: string;
  name?: string | undefined;
  values: CredentialValues;
}

type Body = Omit<Credential, 'id' | 'companyId'> & { sealed: string };

const MOST = 100;
/** Longest value, characters: a chain of certificates fits. */
const MAX_VALUE = 16_384;

export class Credentials {
  readonly #credentials: Collection<Body>;
  readonly #parts: CredentialsParts;

  constructor(parts: CredentialsParts) {
    this.#credentials = new Collection(parts.documents, 'credentials', unknown);
    this.#parts = parts;
  }

  /** Keeps credentials. Fails with `tracker_provider`, `credential_incomplete`, `credential_invalid` or `credential_limit`. */
  async register(companyId: string, { provider: named, name, values }: NewCredential): Promise<Credential> {
    const provider = providerCalled(named);
    this.#check(provider, values);
    if ((await this.list(companyId, { most: MOST })).length >= MOST) {
      throw new GatewayError('credential_limit', `a company has ${MOST} credentials at most`);
    }
    const id = randomUUID();
    const at = this.#parts.now();
    const facts = { provider, name: name ?? provider, fields: Object.keys(values).sort(), createdAt: at, updatedAt: at };
    await this.#credentials.insert(companyId, id, { ...facts, sealed: this.#seal(companyId, id, values) });
    return { id, companyId, ...facts };
  }

  /** Keeps credentials unless the company has the very same at the provider. Fails as `register` does. */
  async ensure(companyId: string, request: NewCredential): Promise<Credential> {
    const provider = providerCalled(request.provider);
    this.#check(provider, request.values);
    for (const found of await this.#all(companyId, provider)) {
      if (sameValues(this.#open(found), request.values)) return credentialOf(found);
    }
    return this.register(companyId, request);
  }

  /** Lists credentials by ascending id. */
  async list(companyId: string, page: Page): Promise<readonly Credential[]> {
    return (await this.#credentials.list(companyId, page)).map(credentialOf);
  }

  /** Fails with `credential_unknown`. */
  async get(companyId: string, id: string): Promise<Credential> {
    return credentialOf(await this.#credentials.get(companyId, id));
  }

  /** Changes name or values; all values are given anew. Fails as `register` does, and with `credential_unknown`. */
  async update(
    companyId: string,
    id: string,
    { name, values }: { name?: string | undefined; values?: CredentialValues | undefined },
  ): Promise<Credential> {
    const { provider } = await this.get(companyId, id);
    if (values !== undefined) this.#check(provider, values);
    const at = this.#parts.now();
    const make = (body: Body) => ({
      body: {
        ...body,
        ...(name === undefined ? {} : { name }),
        ...(values === undefined ? {} : { fields: Object.keys(values).sort(), sealed: this.#seal(companyId, id, values) }),
        updatedAt: at,
      },
    });
    return credentialOf(await this.#credentials.change(companyId, id, make));
  }

  /**
   * Has the provider asked whether it accepts them. Fails with `credential_unknown`, with `credential_refused` and the provider's
   * reason, with `provider_unreachable` where nobody can be asked, or with `secrets_unreadable`.
   */
  async test(companyId: string, id: string): Promise<Credential> {
    const found = await this.#credentials.get(companyId, id);
    const trial = await this.#parts.tryAccount(found.body.provider, this.#open(found));
    if (!trial.ok) throw new GatewayError('credential_refused', trial.reason);
    return credentialOf(found);
  }

  /** Fails with `credential_unknown`. */
  async remove(companyId: string, id: string): Promise<Credential> {
    return credentialOf(await this.#credentials.remove(companyId, id));
  }

  /** Gives the values to speak to the provider with: the newest, or `null` where the company has none. Fails with `secrets_unreadable`. */
  async of(companyId: string, provider: ProviderName): Promise<CredentialValues | null> {
    const all = await this.#all(companyId, provider);
    const newest = all.reduce<Document<Body> | null>(
      (best, each) => (best === null || each.body.createdAt > best.body.createdAt ? each : best),
      null,
    );
    return newest === null ? null : this.#open(newest);
  }

  async #all(companyId: string, provider: ProviderName): Promise<readonly Document<Body>[]> {
    return (await this.#credentials.list(companyId, { most: MOST })).filter(({ body }) => body.provider === provider);
  }

  #check(provider: ProviderName, values: CredentialValues): void {
    const fields = this.#parts.fieldsOf(provider);
    if (fields === null) throw new GatewayError('credential_invalid', `${provider} needs no credentials`);
    const { required, optional } = fields;
    const missing = required.filter((field) => (values[field] ?? '').trim() === '');
    if (missing.length > 0) {
      throw new GatewayError('credential_incomplete', `credentials of ${provider} lack ${missing.join(', ')}`);
    }
    const foreign = Object.keys(values).filter((field) => !required.includes(field) && !optional.includes(field));
    const known = [...required, ...optional].join(', ');
    if (foreign.length > 0) {
      throw new GatewayError('credential_invalid', `credentials of ${provider} have ${known}, not ${foreign.join(', ')}`);
    }
    const long = Object.keys(values).filter((field) => (values[field] ?? '').length > MAX_VALUE);
    if (long.length > 0) throw new GatewayError('credential_invalid', `${long.join(', ')} has at most ${MAX_VALUE} characters`);
  }

  #seal(companyId: string, id: string, values: CredentialValues): string {
    return this.#parts.box.seal(JSON.stringify(values), contextOf(companyId, id));
  }

  #open({ companyId, id, body }: Document<Body>): CredentialValues {
    return JSON.parse(this.#parts.box.open(body.sealed, contextOf(companyId, id))) as CredentialValues;
  }
}

/** What is sealed for one place opens in no other. */
function contextOf(companyId: string, id: string): string {
  return `credentials/${companyId}/${id}`;
}

function unknown(id: string): GatewayError {
  return new GatewayError('credential_unknown', `there are no credentials "${id}"`);
}

function sameValues(a: CredentialValues, b: CredentialValues): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** Finds a provider by its name. Throws `tracker_provider`. */
export function providerCalled(name: string): ProviderName {
  const found = PROVIDERS.find((provider) => provider === name);
  if (found !== undefined) return found;
  throw new GatewayError('tracker_provider', `provider "${name}" is not known; there are ${PROVIDERS.join(', ')}`);
}

function credentialOf({ id, companyId, body }: Document<Body>): Credential {
  const { sealed: _sealed, ...facts } = body;
  return { id, companyId, ...facts };
}

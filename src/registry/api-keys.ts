/** API keys: made, checked, rotated and revoked. A key is shown once; what is kept of it is a hash. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import type { Document, DocumentStore } from '../store/document-store.ts';
import { Collection, type Page } from './collection.ts';

/**
 * What the holder of a key may do: read its company's things, change them too, or run the gateway, which is to manage companies and
 * keys and to see how the gateway is. An `owner` is the admin of its company and runs the gateway: whoever has set it up for himself.
 */
export const ROLES = ['read', 'admin', 'operator', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** A key as it may be shown. */
export interface ApiKey {
  /** Stands in the key itself, behind `odo_`, so that a found key can be told by its owner. */
  id: string;
  /** Empty for an operator's key. */
  companyId: string;
  name: string;
  role: Role;
  createdAt: EpochMs;
  /** From then on it is refused; `null` where it never is. */
  expiresAt: EpochMs | null;
  revokedAt: EpochMs | null;
  /** To the minute; `null` before its first use. */
  lastUsedAt: EpochMs | null;
  /** The key that took its place; `null` where none has. */
  replacedBy: string | null;
}

/** What the maker of a key says of it. */
export interface NewApiKey {
  companyId: string;
  name: string;
  role: Role;
  expiresAt?: EpochMs | null;
}

/** A new key, with the text that is shown this once. */
export interface MadeApiKey {
  key: ApiKey;
  secret: string;
}

/** The outcome of a check: the key, or in words why it is none. */
export type KeyCheck = { key: ApiKey; refusal: null } | { key: null; refusal: string };

type Body = Omit<ApiKey, 'id' | 'companyId'> & { hash: string };

const FORM = /^odo_([0-9a-f]{12})_([\w-]{43})$/;
/** Of the first key: whoever adds the document has made it, and nobody else does. */
const FIRST_ID = '000000000000';
/** How exactly the last use of a key is kept, ms: so seldom is it written. */
const LAST_USE_MS = 60_000;
const NOT_KNOWN = { key: null, refusal: 'this key is not known' } as const;

export class ApiKeys {
  readonly #keys: Collection<Body>;
  readonly #now: Clock;

  constructor(documents: DocumentStore, now: Clock) {
    this.#keys = new Collection(documents, 'api_keys', unknown);
    this.#now = now;
  }

  /** Makes a key. */
  async create(request: NewApiKey): Promise<MadeApiKey> {
    return (await this.#make(randomBytes(6).toString('hex'), request)) ?? this.create(request);
  }

  /** Makes the first key of an installation; `null` where it was made before, though by another gateway at this very moment. */
  async createFirst(request: NewApiKey): Promise<MadeApiKey | null> {
    return this.#make(FIRST_ID, request);
  }

  /** Tells whether a first key was made, or any other of one of these companies. */
  async areAny(companyIds: readonly string[]): Promise<boolean> {
    if ((await this.#keys.find(FIRST_ID)) !== null) return true;
    for (const companyId of companyIds) if ((await this.#keys.list(companyId, { most: 1 })).length > 0) return true;
    return false;
  }

  /** Checks what a caller claims to be a key, and notes that it was used. */
  async check(text: string): Promise<KeyCheck> {
    const id = FORM.exec(text)?.[1];
    const found = id === undefined ? null : await this.#keys.find(id);
    if (found === null || !timingSafeEqual(hashOf(text), Buffer.from(found.body.hash, 'hex'))) return NOT_KNOWN;
    const { revokedAt, expiresAt } = found.body;
    const at = this.#now();
    // Whoever has the secret may know what became of it.
    if (revokedAt !== null) return { key: null, refusal: `this key was revoked at ${utc(revokedAt)}` };
    if (expiresAt !== null && expiresAt <= at) return { key: null, refusal: `this key has expired at ${utc(expiresAt)}` };
    await this.#noteUse(found, at);
    return { key: keyOf(found), refusal: null };
  }

  /** Lists the keys of a company by ascending id, revoked and expired ones too. */
  async list(companyId: string, page: Page): Promise<readonly ApiKey[]> {
    return (await this.#keys.list(companyId, page)).map(keyOf);
  }

  /** Gives a key of the company. Fails with `key_unknown`. */
  async get(companyId: string, id: string): Promise<ApiKey> {
    return keyOf(await this.#keys.get(companyId, id));
  }

  /** Gives a key that is still good; `null` where it is not. */
  async good(companyId: string, id: string): Promise<ApiKey | null> {
    const found = await this.#keys.find(id);
    return found === null || found.companyId !== companyId || isOver(found.body, this.#now()) ? null : keyOf(found);
  }

  /** Tells whether a key is still good. */
  async isGood(companyId: string, id: string): Promise<boolean> {
    return (await this.good(companyId, id)) !== null;
  }

  /**
   * Makes a key of the same name and role; the old one stays good for the grace time, so that its users can be told. Fails with
   * `key_unknown`, also where the key is good no more.
   */
  async rotate(companyId: string, id: string, graceMs: number): Promise<MadeApiKey> {
    const old = await this.#keys.get(companyId, id);
    const { name, role, expiresAt } = old.body;
    const at = this.#now();
    if (isOver(old.body, at)) {
      throw new GatewayError('key_unknown', `the key ${id} is good no more: make a new one`);
    }
    const made = await this.create({ companyId, name, role, expiresAt });
    const until = Math.min(at + graceMs, expiresAt ?? Infinity);
    await this.#keys.change(companyId, id, (body) => ({ body: { ...body, expiresAt: until, replacedBy: made.key.id } }));
    return made;
  }

  /** Ends a key at once. Fails with `key_unknown`. */
  async revoke(companyId: string, id: string): Promise<ApiKey> {
    const at = this.#now();
    return keyOf(await this.#keys.change(companyId, id, (body) => ({ body: { ...body, revokedAt: body.revokedAt ?? at } })));
  }

  async #make(id: string, { companyId, name, role, expiresAt = null }: NewApiKey): Promise<MadeApiKey | null> {
    // 256 random bits: a plain hash is enough, there is nothing to guess.
    const secret = `odo_${id}_${randomBytes(32).toString('base64url')}`;
    const facts = { name, role, createdAt: this.#now(), expiresAt, revokedAt: null, lastUsedAt: null, replacedBy: null };
    const body: Body = { ...facts, hash: hashOf(secret).toString('hex') };
    return (await this.#keys.insert(companyId, id, body)) ? { key: { id, companyId, ...facts }, secret } : null;
  }

  /** Where somebody else writes at the same time one of both writes is enough, and a disk that is full makes no key bad. */
  async #noteUse(found: Document<Body>, at: EpochMs): Promise<void> {
    if (at - (found.body.lastUsedAt ?? -Infinity) < LAST_USE_MS) return;
    try {
      await this.#keys.offer({ ...found, body: { ...found.body, lastUsedAt: at } });
    } catch {
      // The next use is noted.
    }
  }
}

function unknown(id: string): GatewayError {
  return new GatewayError('key_unknown', `there is no key "${id}"`);
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function keyOf({ id, companyId, body }: Document<Body>): ApiKey {
  const { hash: _hash, ...facts } = body;
  return { id, companyId, ...facts };
}

function utc(at: EpochMs): string {
  return new Date(at).toISOString();
}

function isOver({ revokedAt, expiresAt }: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, at: EpochMs): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt <= at);
}

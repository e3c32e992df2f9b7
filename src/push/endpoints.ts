/**
 * Endpoints: addresses at which the clouds of a company push, or its own senders. An endpoint belongs to one company and speaks of
 * that company's vehicles only. Its address is a secret that is shown once; what is kept of it is a hash.
 */
import { hash, randomBytes, randomUUID } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import type { SealedBox } from '../secrets/sealed-box.ts';
import type { Document, DocumentStore } from '../store/document-store.ts';
import type { ProofRule } from './proof.ts';

/** An endpoint as it may be shown. */
export interface PushEndpoint {
  id: string;
  companyId: string;
  name: string;
  /** Decoder of what comes. */
  protocol: string;
  /** Device that everything here is of, where the body need not name it; `null` where the body does. */
  ident: string | null;
  /** Tracker that everything here is of, and with which it ends; `null` where it is not made for one. */
  trackerOid: string | null;
  proof: ProofRule['kind'];
  createdAt: EpochMs;
  /** From then on it answers as if it had never been; `null` where it never does. */
  expiresAt: EpochMs | null;
}

export interface NewPushEndpoint {
  companyId: string;
  name: string;
  protocol: string;
  ident?: string | null;
  trackerOid?: string | null;
  rule: ProofRule;
  expiresAt?: EpochMs | null;
}

/** What an endpoint is made with where asking for it twice must make it once. */
export interface FixedEndpoint {
  id: string;
  token: string;
}

/** A new endpoint with the last part of its address, which is shown this once. */
export interface MadePushEndpoint {
  endpoint: PushEndpoint;
  token: string;
}

/** An endpoint with what a request must prove. */
export interface OpenEndpoint extends PushEndpoint {
  rule: ProofRule;
}

interface Body extends Omit<PushEndpoint, 'id' | 'companyId' | 'trackerOid'> {
  /** Documents from before there were any have none. */
  trackerOid?: string | null;
  /** The rule as JSON, sealed: it holds secrets. */
  rule: string;
}

const COLLECTION = 'push_endpoints';
/** Addresses that were replaced, each with the endpoint it still leads to. */
const OLD_ADDRESSES = 'push_old_addresses';
const TOKEN_BYTES = 32;
/** Endpoints whose opened rule is kept in memory. */
const RULES_MOST = 1_000;
/** How long an endpoint that was found is not looked up again, ms, and how many are. */
const FOUND_MS = 100;
const FOUND_MOST = 1_000;

export class PushEndpoints {
  readonly #documents: DocumentStore;
  readonly #box: SealedBox;
  readonly #now: Clock;
  /** Rules by endpoint, with the sealed text they came from: to open one for each request takes as long as the rest of its proof. */
  readonly #rules = new Map<string, { sealed: string; rule: ProofRule }>();
  /** Endpoints found last, by their address, for a moment: a sender makes many requests in a row. */
  readonly #found = new Map<string, { endpoint: OpenEndpoint; until: number }>();
  /** Changes so far. */
  #changes = 0;

  constructor(documents: DocumentStore, box: SealedBox, now: Clock) {
    this.#documents = documents;
    this.#box = box;
    this.#now = now;
  }

  /** Makes an endpoint. Where one of the same id and address is there already, it stays as it is. */
  async create(
    { companyId, name, protocol, ident = null, trackerOid = null, rule, expiresAt = null }: NewPushEndpoint,
    { id, token }: FixedEndpoint = { id: randomUUID(), token: newToken() },
  ): Promise<MadePushEndpoint> {
    const facts = { name, protocol, ident, trackerOid, proof: rule.kind, createdAt: this.#now(), expiresAt };
    const body: Body = { ...facts, rule: this.#seal(rule, id) };
    await this.#documents.insert<Body>(COLLECTION, { id, companyId, uniqueKey: hashOf(token), dueAt: null, body });
    return { endpoint: { id, companyId, ...facts }, token };
  }

  /**
   * The endpoint at an address; `null` where none is, or no more. What is changed through this is known at once, and what another process changes
   * a moment later.
   */
  async at(token: string): Promise<OpenEndpoint | null> {
    const known = this.#found.get(token);
    if (known !== undefined && known.until > performance.now()) {
      const { endpoint } = known;
      return endpoint.expiresAt !== null && endpoint.expiresAt <= this.#now() ? null : endpoint;
    }
    const changes = this.#changes;
    const key = hashOf(token);
    const found = (await this.#documents.documentByKey<Body>(COLLECTION, key)) ?? (await this.#formerly(key));
    if (found === null) return null;
    const { expiresAt } = found.body;
    if (expiresAt !== null && expiresAt <= this.#now()) return null;
    const endpoint = { ...shown(found), rule: this.#ruleOf(found) };
    // What was read before a change, and comes after it, is not to be believed for longer.
    if (changes === this.#changes && found.uniqueKey === key) this.#keep(token, endpoint);
    return endpoint;
  }

  #keep(token: string, endpoint: OpenEndpoint): void {
    if (this.#found.size >= FOUND_MOST) this.#found.clear();
    this.#found.set(token, { endpoint, until: performance.now() + FOUND_MS });
  }

  /** An endpoint was changed. */
  #forget(): void {
    this.#changes++;
    this.#found.clear();
  }

  async list(companyId: string, page: { afterId?: string; most: number }): Promise<readonly PushEndpoint[]> {
    return (await this.#documents.documents<Body>(COLLECTION, { companyId, ...page })).map(shown);
  }

  /** Gives an endpoint of the company. Fails with `push_unknown`. */
  async get(companyId: string, id: string): Promise<PushEndpoint> {
    return shown(await this.#existing(companyId, id));
  }

  /** Replaces name or what a request must prove. Fails with `push_unknown`. */
  async update(companyId: string, id: string, changes: { name?: string; rule?: ProofRule }): Promise<PushEndpoint> {
    const { name, rule } = changes;
    return this.#change(companyId, id, (found) => ({
      ...found,
      body: {
        ...found.body,
        ...(name === undefined ? {} : { name }),
        ...(rule === undefined ? {} : { proof: rule.kind, rule: this.#seal(rule, id) }),
      },
    }));
  }

  /** Ends an endpoint of the company at once; false where there is none. */
  async removeIfThere(companyId: string, id: string): Promise<boolean> {
    for (;;) {
      const found = await this.#documents.document<Body>(COLLECTION, id);
      if (found === null || found.companyId !== companyId) return false;
      if (await this.#documents.remove(COLLECTION, id, found.revision)) {
        this.#forget();
        return true;
      }
    }
  }

  /** Gives the endpoint a new address; the one before leads to it for the grace time. Fails with `push_unknown`. */
  async rotate(companyId: string, id: string, graceMs: number): Promise<MadePushEndpoint> {
    const token = newToken();
    const until = this.#now() + graceMs;
    const before = await this.#existing(companyId, id);
    if (graceMs > 0 && before.uniqueKey !== null) {
      const old = { id: before.uniqueKey, companyId, uniqueKey: null, dueAt: until, body: { endpoint: id, until } };
      await this.#documents.insert(OLD_ADDRESSES, old);
    }
    const endpoint = await this.#change(companyId, id, (found) => ({ ...found, uniqueKey: hashOf(token) }));
    await this.#forgetOld();
    return { endpoint, token };
  }

  /** Ends an endpoint at once. Fails with `push_unknown`. */
  async remove(companyId: string, id: string): Promise<void> {
    if (!(await this.removeIfThere(companyId, id))) throw unknown(id);
  }

  /** Forgets addresses whose grace time is over. */
  async #forgetOld(): Promise<void> {
    for (const { id, revision } of await this.#documents.due(OLD_ADDRESSES, this.#now(), 1_000)) {
      await this.#documents.remove(OLD_ADDRESSES, id, revision);
    }
  }

  async #formerly(key: string): Promise<Document<Body> | null> {
    const old = await this.#documents.document<{ endpoint: string; until: EpochMs }>(OLD_ADDRESSES, key);
    if (old === null || old.body.until <= this.#now()) return null;
    return this.#documents.document<Body>(COLLECTION, old.body.endpoint);
  }

  async #existing(companyId: string, id: string): Promise<Document<Body>> {
    const found = await this.#documents.document<Body>(COLLECTION, id);
    if (found === null || found.companyId !== companyId) throw unknown(id);
    return found;
  }

  async #change(companyId: string, id: string, change: (found: Document<Body>) => Document<Body>): Promise<PushEndpoint> {
    for (;;) {
      const changed = change(await this.#existing(companyId, id));
      if ((await this.#documents.replace(COLLECTION, changed)) !== 'replaced') continue;
      this.#forget();
      return shown(changed);
    }
  }

  /** The rule, opened; one that was replaced is another text. */
  #ruleOf({ id, body: { rule: sealed } }: Document<Body>): ProofRule {
    const known = this.#rules.get(id);
    if (known?.sealed === sealed) return known.rule;
    const rule = JSON.parse(this.#box.open(sealed, contextOf(id))) as ProofRule;
    if (this.#rules.size >= RULES_MOST) this.#rules.clear();
    this.#rules.set(id, { sealed, rule });
    return rule;
  }

  #seal(rule: ProofRule, id: string): string {
    return this.#box.seal(JSON.stringify(rule), contextOf(id));
  }
}

function shown({ id, companyId, body }: Document<Body>): PushEndpoint {
  const { name, protocol, ident, trackerOid = null, proof, createdAt, expiresAt } = body;
  return { id, companyId, name, protocol, ident, trackerOid, proof, createdAt, expiresAt };
}

function contextOf(id: string): string {
  return `push_endpoints/${id}`;
}

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** 256 random bits: a plain hash is enough, there is nothing to guess, and looking a hash up tells nothing of the token. */
function hashOf(token: string): string {
  return hash('sha256', token, 'hex');
}

function unknown(id: string): GatewayError {
  return new GatewayError('push_unknown', `there is no push endpoint "${id}"`);
}

/**
 * Sessions of the console: who has signed in with a key or at an identity provider has a cookie from then on, and no script of the
 * page can read it. What is kept of a session is a hash of its token. One that was opened with a key is good as long as the key is.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock, EpochMs } from '#model/clocks';
import type { ApiKey, ApiKeys, Role } from '../registry/api-keys.ts';
import type { DocumentStore } from '../store/document-store.ts';

/** Whom an identity provider has proven. */
export interface Person {
  /** How people call it: a mail address or a name. */
  name: string;
  role: Role;
  /** Empty for an operator. */
  companyId: string;
}

/** Who is signed in. */
export interface SignedIn extends Person {
  /** Names the session, and opens nothing. */
  sessionId: string;
  /** The key it was opened with; `null` where it was opened by an identity provider. */
  keyId: string | null;
}

/** A new session: its token goes into the cookie and nowhere else. */
export interface OpenedSession {
  token: string;
  expiresAt: EpochMs;
}

type Body = { expiresAt: EpochMs } & ({ keyId: string } | { person: Person });

export interface SessionsParts {
  documents: DocumentStore;
  keys: ApiKeys;
  /** How long a session is good. */
  lastMs: number;
  now: Clock;
}

const COLLECTION = 'console_sessions';
const TOKEN = /^[\w-]{43}$/;
/** Ended sessions that are forgotten when a new one is opened. */
const FORGET_MOST = 100;

export class Sessions {
  readonly #parts: SessionsParts;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /** Opens a session for the holder of a key. */
  openForKey({ id, companyId, expiresAt }: Pick<ApiKey, 'id' | 'companyId' | 'expiresAt'>): Promise<OpenedSession> {
    const until = Math.min(this.#parts.now() + this.#parts.lastMs, expiresAt ?? Infinity);
    return this.#open(companyId, { keyId: id, expiresAt: until });
  }

  /** Opens a session for somebody an identity provider has proven. */
  openFor(person: Person): Promise<OpenedSession> {
    return this.#open(person.companyId, { person, expiresAt: this.#parts.now() + this.#parts.lastMs });
  }

  /** Who has a session; `null` where the token opens none, or none any more. */
  async find(token: string): Promise<SignedIn | null> {
    return TOKEN.test(token) ? this.#signedIn(hashOf(token)) : null;
  }

  /** Tells whether a session goes on. */
  async isGood(sessionId: string): Promise<boolean> {
    return (await this.#signedIn(sessionId)) !== null;
  }

  /** Ends a session, if there is one. */
  async end(token: string): Promise<void> {
    const { documents } = this.#parts;
    const id = hashOf(token);
    for (;;) {
      const found = await documents.document(COLLECTION, id);
      if (found === null || (await documents.remove(COLLECTION, id, found.revision))) return;
    }
  }

  async #signedIn(sessionId: string): Promise<SignedIn | null> {
    const { documents, keys, now } = this.#parts;
    const found = await documents.document<Body>(COLLECTION, sessionId);
    if (found === null || found.body.expiresAt <= now()) return null;
    if ('person' in found.body) return { ...found.body.person, sessionId, keyId: null };
    const key = await keys.good(found.companyId, found.body.keyId);
    if (key === null) return null;
    return { name: key.name, role: key.role, companyId: key.companyId, sessionId, keyId: key.id };
  }

  async #open(companyId: string, body: Body): Promise<OpenedSession> {
    const { documents, now } = this.#parts;
    for (const { id, revision } of await documents.due(COLLECTION, now(), FORGET_MOST)) {
      await documents.remove(COLLECTION, id, revision);
    }
    const token = randomBytes(32).toString('base64url');
    const { expiresAt } = body;
    await documents.insert(COLLECTION, { id: hashOf(token), companyId, uniqueKey: null, dueAt: expiresAt, body });
    return { token, expiresAt };
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

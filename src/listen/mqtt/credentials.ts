import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { TOPIC_IDENT } from './topics.ts';

/** What a client shows when it connects. */
export interface MqttLogin {
  username: string | undefined;
  password: Uint8Array | undefined;
  /** Common name of a client certificate that the listener's authorities have signed; `null` without one. */
  certificateName: string | null;
}

/** What one client may log in with, and the device it then is. */
export interface MqttCredential {
  username: string;
  /** `sha256:<salt hex>:<hash hex>`, as `hashPassword` makes it. */
  passwordHash: string;
  ident: string;
}

interface Entry {
  salt: Buffer;
  hash: Buffer;
  ident: string;
}

const SALT_BYTES = 16;
const FORM = /^sha256:([0-9a-f]{32}):([0-9a-f]{64})$/;

/**
 * Hashes a password for a credential: HMAC-SHA-256 under a salt of its own. One round, because a fleet that comes back after
 * an outage logs in all at once, and because device passwords are meant to be random: a guess at 128 random bits is
 * hopeless at any speed.
 */
export function hashPassword(password: Uint8Array | string, salt: Uint8Array = randomBytes(SALT_BYTES)): string {
  return `sha256:${Buffer.from(salt).toString('hex')}:${digest(salt, password).toString('hex')}`;
}

function digest(salt: Uint8Array, password: Uint8Array | string): Buffer {
  return createHmac('sha256', salt).update(password).digest();
}

/**
 * Reads a file of credentials: one a line, as user name, ident and password hash with blanks between; empty lines and those
 * that begin with `#` are passed over. Throws at the first line that is none, naming it.
 */
export function parseCredentials(text: string): MqttCredential[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#')) return [];
    const [username = '', ident = '', passwordHash = '', ...rest] = words;
    if (rest.length > 0 || !TOPIC_IDENT.test(ident) || !FORM.test(passwordHash)) {
      throw new Error(`line ${index + 1} is not a user name, an ident and a password hash`);
    }
    return [{ username, ident, passwordHash }];
  });
}

/** Writes a line of such a file. */
export function formatCredential({ username, ident, passwordHash }: MqttCredential): string {
  return `${username} ${ident} ${passwordHash}`;
}

/** Knows which device a client is by what it logs in with. */
export class Credentials {
  readonly #entries = new Map<string, Entry>();
  readonly #certificates: boolean;
  /** Compared with where the user name is unknown, so that the time does not tell. */
  readonly #nobody: Entry = { salt: randomBytes(SALT_BYTES), hash: randomBytes(32), ident: '' };

  /** With `certificates`, a client certificate's common name is the ident, and no password is asked for. */
  constructor(credentials: readonly MqttCredential[], certificates: boolean) {
    this.#certificates = certificates;
    for (const { username, passwordHash, ident } of credentials) {
      const [, salt, hash] = FORM.exec(passwordHash) ?? [];
      if (salt === undefined || hash === undefined) throw new Error(`the password hash of "${username}" has another form`);
      this.#entries.set(username, { salt: Buffer.from(salt, 'hex'), hash: Buffer.from(hash, 'hex'), ident });
    }
  }

  /** Gives the ident of the device that has logged in, `null` where it may not. */
  identify({ username, password, certificateName }: MqttLogin): string | null {
    if (this.#certificates && certificateName !== null) return certificateName;
    const entry = this.#entries.get(username ?? '');
    const { salt, hash } = entry ?? this.#nobody;
    const equal = timingSafeEqual(digest(salt, password ?? ''), hash);
    return equal && entry !== undefined ? entry.ident : null;
  }
}

import { readFileSync } from 'node:fs';
import type { IClientOptions } from 'mqtt';

/** User, password and certificates a broker asks for. */
export type BrokerAccess = Pick<IClientOptions, 'username' | 'password' | 'ca' | 'cert' | 'key'>;

export interface AccessSource {
  /** What does not change. */
  fixed: BrokerAccess;
  /** File that holds the password; `null` where there is none. */
  passwordFile: string | null;
  /** The file has changed and cannot be read: the password of before stays. */
  onFault: (error: unknown) => void;
}

/** How often the file is read, ms. */
const WATCH_MS = 2_000;

/**
 * What a subscription logs in with. A password that is a token is replaced in its file before it expires; the file is read before
 * every attempt to connect, and whoever is connected hears that it has changed.
 */
export class WatchedAccess {
  readonly #source: AccessSource;
  #password: string | null;
  #timer: NodeJS.Timeout | null = null;

  /** Reads the file; throws where it cannot be read. */
  constructor(source: AccessSource) {
    this.#source = source;
    this.#password = source.passwordFile === null ? null : passwordIn(source.passwordFile);
  }

  /** What to log in with now. */
  get current(): BrokerAccess {
    this.#readAgain();
    const { fixed } = this.#source;
    return this.#password === null ? fixed : { ...fixed, password: this.#password };
  }

  /** Calls back when the password has changed. */
  onChange(listener: () => void): void {
    if (this.#source.passwordFile === null) return;
    // The file is read, rather than its time asked for: a watch learns the time it compares with only after it has begun, and does
    // not see what was replaced before.
    this.#timer = setInterval(() => {
      if (this.#readAgain()) listener();
    }, WATCH_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** True where the password is another one than before. */
  #readAgain(): boolean {
    const { passwordFile, onFault } = this.#source;
    if (passwordFile === null) return false;
    try {
      const password = passwordIn(passwordFile);
      const isOther = password !== this.#password;
      this.#password = password;
      return isOther;
    } catch (error) {
      onFault(error);
      return false;
    }
  }
}

/** What a file holds, less one line end. */
function passwordIn(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}

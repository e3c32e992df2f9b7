import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { Credentials, parseCredentials, type MqttCredential, type MqttLogin } from './credentials.ts';

export interface CredentialSource {
  /** Credentials that stand in the configuration. */
  fixed: readonly MqttCredential[];
  /** File with more of them; `null` where there is none. */
  file: string | null;
  /** See `Credentials`. */
  certificates: boolean;
  /** The file has changed and cannot be used: the credentials of before stay in force. */
  onFault(error: unknown): void;
}

/** How often the file is looked at, ms. */
const WATCH_MS = 2_000;

/** Credentials that follow their file: a device that is added to it can log in without a restart. */
export class WatchedCredentials {
  readonly #source: CredentialSource;
  #credentials: Credentials;
  readonly #changed = () => {
    try {
      this.#credentials = this.#read();
    } catch (error) {
      this.#source.onFault(error);
    }
  };

  /** Reads the file; throws where it cannot be used. */
  constructor(source: CredentialSource) {
    this.#source = source;
    this.#credentials = this.#read();
    // Asking for the file's time sees a file that was replaced, which a watch on the file itself does not.
    if (source.file !== null) watchFile(source.file, { interval: WATCH_MS, persistent: false }, this.#changed);
  }

  identify(login: MqttLogin): string | null {
    return this.#credentials.identify(login);
  }

  close(): void {
    if (this.#source.file !== null) unwatchFile(this.#source.file, this.#changed);
  }

  #read(): Credentials {
    const { fixed, file, certificates } = this.#source;
    const filed = file === null ? [] : parseCredentials(readFileSync(file, 'utf8'));
    return new Credentials([...fixed, ...filed], certificates);
  }
}

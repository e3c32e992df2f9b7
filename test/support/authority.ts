import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from './remove-folder.ts';

/** Paths of a PEM certificate and its key. */
export interface IssuedFiles {
  certFile: string;
  keyFile: string;
}

/** True where Debian's openssl is there, with which tests make their certificates. */
export const haveOpenssl = runs('openssl', 'version');

/** Tells whether a program is installed. */
export function runs(program: string, ...words: readonly string[]): boolean {
  try {
    execFileSync(program, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A certificate authority that lives for one test file, in a folder of its own. */
export class Authority {
  readonly directory = mkdtempSync(join(tmpdir(), 'odograph-authority-'));
  readonly certFile: string;
  readonly #keyFile: string;
  #issued = 0;

  constructor() {
    this.certFile = join(this.directory, 'ca.pem');
    this.#keyFile = join(this.directory, 'ca.key');
    this.#openssl('req', '-x509', ...KEY, '-keyout', this.#keyFile, '-out', this.certFile, '-subj', '/CN=test', '-days', '2');
  }

  /** Issues a certificate for a common name, which is also its DNS name, and for the loopback address. It may have ended. */
  issue(commonName: string, days: 'two days' | 'ended' | 'a year' = 'two days'): IssuedFiles {
    const base = join(this.directory, String(++this.#issued));
    const [certFile, keyFile, request, extensions] = ['.pem', '.key', '.csr', '.ext'].map((end) => base + end) as Quartet;
    writeFileSync(extensions, `subjectAltName=DNS:${commonName},IP:127.0.0.1\n`);
    this.#openssl('req', '-new', ...KEY, '-keyout', keyFile, '-out', request, '-subj', `/CN=${commonName}`);
    const signing = ['-CA', this.certFile, '-CAkey', this.#keyFile, '-CAcreateserial', '-extfile', extensions];
    this.#openssl('x509', '-req', '-in', request, '-out', certFile, ...VALID[days], ...signing);
    return { certFile, keyFile };
  }

  remove(): void {
    removeFolder(this.directory);
  }

  #openssl(...words: readonly string[]): void {
    execFileSync('openssl', words, { stdio: 'ignore' });
  }
}

const VALID = {
  'two days': ['-days', '2'],
  'a year': ['-days', '365'],
  ended: ['-days', '-1'],
} as const;

type Quartet = [string, string, string, string];

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

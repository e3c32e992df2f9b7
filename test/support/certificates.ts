import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM files of a certificate and its key. */
export interface IssuedCertificate {
  certFile: string;
  keyFile: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** A certificate authority of a test, made with openssl in a folder that `remove` deletes. */
export class Authority {
  readonly caFile: string;
  readonly #directory = mkdtempSync(join(tmpdir(), 'odograph-ca-'));
  readonly #keyFile: string;
  #issued = 0;

  constructor() {
    this.caFile = join(this.#directory, 'ca.pem');
    this.#keyFile = join(this.#directory, 'ca.key');
    request([...NEW_KEY, '-keyout', this.#keyFile, '-out', this.caFile, '-subj', '/CN=authority of a test']);
  }

  /** Its own certificate, as PEM. */
  get ca(): Buffer {
    return readFileSync(this.caFile);
  }

  /** Issues a certificate for a server on the loopback address, or for a client of this common name. */
  issue(commonName = '127.0.0.1'): IssuedCertificate {
    const stem = join(this.#directory, String(++this.#issued));
    const files = { certFile: `${stem}.pem`, keyFile: `${stem}.key` };
    const subject = ['-subj', `/CN=${commonName}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const issuer = ['-CA', this.caFile, '-CAkey', this.#keyFile, '-addext', 'basicConstraints=critical,CA:FALSE'];
    request([...NEW_KEY, '-keyout', files.keyFile, '-out', files.certFile, ...subject, ...issuer]);
    return files;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function request(words: readonly string[]): void {
  execFileSync('openssl', ['req', '-x509', ...words], { stdio: 'pipe' });
}

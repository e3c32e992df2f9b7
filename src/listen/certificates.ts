import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';

export interface CertificateFiles {
  /** PEM file of the certificate, followed by those that lead to its authority. */
  certFile: string;
  /** PEM file of its key. */
  keyFile: string;
  /** PEM file of the authorities whose client certificates are believed; without it none is asked for. */
  clientCaFile?: string | undefined;
  /** Refuses connections without a certificate that those authorities have signed. */
  requireClientCert: boolean;
}

export interface CertificateOptions extends CertificateFiles {
  /** The files have changed and are of no use: what was read before stays in force, and they are looked at again. */
  onFault: (error: unknown) => void;
  /** How often they are looked at, ms. */
  lookEveryMs?: number;
}

/** Certificates last weeks: their renewal is noticed early enough at any pace. */
const LOOK_EVERY_MS = 10_000;

/**
 * The certificate of a port, read again when its files change. They are compared by what they hold: tools that renew
 * certificates replace files, links or whole folders, and there is no one event for that.
 */
export class Certificates {
  readonly #options: CertificateOptions;
  readonly #listeners = new Set<(options: TlsOptions) => void>();
  readonly #timer: NodeJS.Timeout;
  #inForce: TlsOptions;
  /** What was read last, also where it is of no use. */
  #lastRead: TlsOptions;

  /** Throws where a file cannot be read, or certificate and key do not belong together. */
  constructor(options: CertificateOptions) {
    this.#options = options;
    this.#inForce = readFiles(options);
    this.#lastRead = this.#inForce;
    createSecureContext(this.#inForce);
    this.#timer = setInterval(() => this.look(), options.lookEveryMs ?? LOOK_EVERY_MS).unref();
  }

  /** What a TLS server is made with. */
  get options(): TlsOptions {
    return this.#inForce;
  }

  /** Calls back with new options when the files have changed: connections there are stay as they are. */
  onChange(listener: (options: TlsOptions) => void): void {
    this.#listeners.add(listener);
  }

  /** Looks whether the files have changed. */
  look(): void {
    try {
      const read = readFiles(this.#options);
      if (isDeepStrictEqual(read, this.#lastRead)) return;
      this.#lastRead = read;
      // A certificate may be there before its key: until both fit, the old ones stay.
      createSecureContext(read);
      this.#inForce = read;
      for (const listener of this.#listeners) listener(read);
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.#timer);
  }
}

function readFiles({ certFile, keyFile, clientCaFile, requireClientCert }: CertificateFiles): TlsOptions {
  return {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ...(clientCaFile === undefined ? {} : { ca: readFileSync(clientCaFile) }),
    requestCert: clientCaFile !== undefined,
    rejectUnauthorized: requireClientCert,
  };
}

/** Common name of the client certificate, where one was shown that the port's authorities have signed. */
export function clientNameOf(socket: Socket): string | null {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : null;
}

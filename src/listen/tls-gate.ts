import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';

/** Makes TLS connections of plain ones. It listens nowhere: whoever accepts a connection hands it in. */
export class TlsGate {
  readonly #server: Server;
  readonly #waiting = new Map<string, (socket: TLSSocket) => void>();

  constructor(certificates: Certificates, handshakeDeadlineMs: number) {
    this.#server = createServer({ ...certificates.options, handshakeTimeout: handshakeDeadlineMs });
    certificates.onChange((options) => this.#server.setSecureContext(options));
    this.#server.on('secureConnection', (socket) => this.#waiting.get(keyOf(socket))?.(socket));
  }

  /** Begins the handshake and calls back when it is done. Where it fails the connection is destroyed instead. */
  secure(plain: Socket, secured: (socket: TLSSocket) => void): void {
    const key = keyOf(plain);
    this.#waiting.set(key, (socket) => {
      this.#waiting.delete(key);
      secured(socket);
    });
    plain.once('close', () => this.#waiting.delete(key));
    this.#server.emit('connection', plain);
  }
}

/** Both ends of a connection: the server gives a TLS connection without saying which plain one it has come from. */
function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}

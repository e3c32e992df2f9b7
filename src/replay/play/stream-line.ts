import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Line, LineEvents, LineSettings, OpenLine } from './line.ts';
import type { Target } from './target.ts';

/** How long the gateway may take to close its side, ms. */
const LINGER_MS = 5_000;

/** A TCP connection, in the clear or with TLS. */
class StreamLine implements Line {
  readonly acknowledges = false;
  readonly #socket: Socket;
  #closing = false;

  constructor(socket: Socket, events: LineEvents) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => events.heard(chunk));
    // The gateway ends a connection to cut a device off; there is nothing more to say then.
    const ended = (): void => {
      if (!this.#closing) events.ended('the gateway has closed the connection');
      this.#closing = true;
    };
    socket.on('end', ended);
    socket.on('close', ended);
    socket.on('error', () => undefined);
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    this.#closing = true;
    return new Promise((resolve) => {
      if (this.#socket.destroyed) {
        resolve();
        return;
      }
      const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.end();
    });
  }
}

/** Opens connections to one port. */
export function streamLines({ transport, host, port }: Target, { ca, timeoutMs }: LineSettings): OpenLine {
  return (_owner, events) =>
    new Promise((resolve, reject) => {
      const isSecure = transport === 'tls';
      const socket = isSecure
        ? connectTls({ host, port, servername: host, ...(ca === null ? {} : { ca }) })
        : connect({ host, port, noDelay: true });
      const timer = setTimeout(() => socket.destroy(new Error(`${host}:${port} does not answer`)), timeoutMs);
      socket.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        resolve(new StreamLine(socket, events));
      });
    });
}

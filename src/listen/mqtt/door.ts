import { createServer as createHttpServer, type Server as HttpServer, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { GatewayError } from '#errors/gateway-error';
import { type Certificates, clientNameOf } from '../certificates.ts';
import { sharedReads } from '../shared-reads.ts';

export interface DoorOptions {
  /** Name of the listener, for errors. */
  name: string;
  host: string;
  /** 0 takes any free one. */
  port: number;
  /** Certificate of the port, closed with it; `null` for a port in the clear. */
  certificates: Certificates | null;
  webSocket: boolean;
  /** Time for the TLS handshake and for the upgrade to WebSocket, ms. */
  handshakeMs: number;
  /** Longest WebSocket message, bytes. */
  messageBytes: number;
  /** Says whether a connection may come in; it is told when it ends. */
  admit(address: string, peerName: string): boolean;
  left(address: string, peerName: string): void;
  /** A connection has become a stream of MQTT bytes. `certificateName` as in `MqttLogin`. Gives who takes them: they are borrowed. */
  entered(stream: Duplex, peerName: string, certificateName: string | null): Taker;
  /** A connection's TLS handshake failed. */
  tlsFailed(peerName: string): void;
}

/** Takes what was read of a stream. */
export interface Taker {
  take(chunk: Uint8Array): void;
}

/** Bytes of one connection at which Node stops reading ahead; a single read may give 64 KiB. */
const READ_AHEAD_BYTES = 16 * 1024;
/** The subprotocol every MQTT client asks for (MQTT 3.1.1 §6). */
const SUBPROTOCOL = 'mqtt';

/** A bound port that gives streams of MQTT bytes, whether they come over TCP, TLS, or WebSocket over either. */
export class Door {
  readonly #options: DoorOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: DoorOptions) {
    this.#options = options;
    this.#server = options.webSocket ? this.#webSocketServer() : this.#streamServer();
    this.#server.on('connection', (socket: Socket) => this.#admit(socket));
    // Ahead of Node's own listener, which destroys the socket: it has no address afterwards. A mere timeout leaves it open.
    this.#server.prependListener('tlsClientError', (_error: Error, socket: TLSSocket) => {
      options.tlsFailed(nameOf(socket));
      socket.destroy();
    });
  }

  /** Binds the port. Rejects with `listener_bind`, naming address and reason. */
  static async open(options: DoorOptions): Promise<Door> {
    const door = new Door(options);
    await door.#bind();
    return door;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Lets nobody in any more. */
  shut(): void {
    this.#server.close();
    this.#options.certificates?.close();
  }

  /** Ends the connections that never became streams of MQTT bytes, and those that did. */
  async clear(): Promise<void> {
    const ends = [...this.#sockets].map((socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve())));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(ends);
  }

  #streamServer(): Server {
    const { certificates, handshakeMs } = this.#options;
    if (certificates === null) {
      return createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, pauseOnConnect: true });
    }
    const server = createTlsServer({ ...certificates.options, handshakeTimeout: handshakeMs }, (socket) => {
      this.#enter(socket, nameOf(socket), clientNameOf(socket));
    });
    certificates.onChange((options) => server.setSecureContext(options));
    return server;
  }

  #webSocketServer(): Server {
    const { handshakeMs, messageBytes } = this.#options;
    const http = { headersTimeout: handshakeMs, requestTimeout: handshakeMs, connectionsCheckingInterval: handshakeMs };
    const server = this.#httpServer(http);
    server.on('request', (_request, response) => void response.writeHead(426, { connection: 'close' }).end());
    const sockets = new WebSocketServer({
      server,
      maxPayload: messageBytes,
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    sockets.on('connection', (client, { socket }) => {
      const stream = createWebSocketStream(client, { readableHighWaterMark: READ_AHEAD_BYTES });
      this.#enter(stream, nameOf(socket), clientNameOf(socket));
    });
    return server;
  }

  #httpServer(http: ServerOptions): HttpServer {
    const { certificates, handshakeMs } = this.#options;
    if (certificates === null) return createHttpServer(http);
    const server = createHttpsServer({ ...http, ...certificates.options, handshakeTimeout: handshakeMs });
    certificates.onChange((options) => server.setSecureContext(options));
    return server;
  }

  #admit(accepted: Socket): void {
    const address = accepted.remoteAddress ?? 'unknown';
    const peerName = nameOf(accepted);
    accepted.on('error', () => undefined);
    if (!this.#options.admit(address, peerName)) {
      accepted.destroy();
      return;
    }
    const { certificates, webSocket } = this.#options;
    const isPlain = certificates === null && !webSocket;
    let taker: Taker | null = null;
    const socket = isPlain ? sharedReads(accepted, (chunk) => taker?.take(chunk)) : accepted;
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#options.left(address, peerName);
    });
    if (isPlain) taker = this.#options.entered(socket, peerName, null);
  }

  #enter(stream: Duplex, peerName: string, certificateName: string | null): void {
    const taker = this.#options.entered(stream, peerName, certificateName);
    stream.on('data', (chunk: Buffer) => taker.take(chunk));
  }

  #bind(): Promise<void> {
    const { name, host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? 'another process listens there' : (error.code ?? error.message);
        reject(
          new GatewayError('listener_bind', `listener "${name}" cannot bind ${host}:${port}: ${reason}`, { cause: error }),
        );
      };
      this.#server.once('error', failed);
      this.#server.listen({ host, port, backlog: 4096 }, () => {
        this.#server.off('error', failed);
        // A failing accept (out of descriptors) leaves the port up; the kernel keeps the others waiting.
        this.#server.on('error', () => undefined);
        resolve();
      });
    });
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? 'unknown'}:${remotePort ?? 0}`;
}

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Clock } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import { GatewayError } from '#errors/gateway-error';
import type { ConnectionLimits } from './connection-limits.ts';
import { ConnectionCount } from './connection-limits.ts';

/** What a listener drives: one connection's session, knowing nothing of sockets. */
export interface Session {
  push(chunk: Uint8Array): void;
  resume(): void;
  end(): void;
  abort(): void;
  checkDeadlines(now: number): void;
  readonly owed: number;
}

/** How a session reaches its connection. */
export interface Connection {
  send(bytes: Uint8Array): void;
  close(code: ErrorCode | null): void;
}

/** Tells when sockets may be read. */
export interface Valve {
  readonly accepting: boolean;
  onAccepting(listener: (accepting: boolean) => void): () => void;
}

export interface TcpListenerOptions {
  name: string;
  host: string;
  /** 0 takes any free port. */
  port: number;
  limits: ConnectionLimits;
  valve: Valve;
  now: Clock;
  /** Makes the session of a new connection. `peerName` is address and port. */
  open(connection: Connection, peerName: string): Session;
  /** A connection was opened or has ended, for this reason where it was not orderly. */
  opened(): void;
  closed(code: ErrorCode | null): void;
}

/** How often deadlines are looked at, ms. */
const DEADLINE_TICK_MS = 1_000;
/** How long a closing connection may take to read what it is owed, ms. */
const LINGER_MS = 5_000;

interface Link {
  socket: Socket;
  session: Session;
  corked: boolean;
}

/** One bound TCP port. It knows bytes, not protocols. */
export class TcpListener {
  readonly #options: TcpListenerOptions;
  readonly #server: Server;
  readonly #count: ConnectionCount;
  readonly #links = new Set<Link>();
  #timer: NodeJS.Timeout | undefined;
  #offAccepting: (() => void) | undefined;
  #draining = false;

  private constructor(options: TcpListenerOptions) {
    this.#options = options;
    this.#count = new ConnectionCount(options.limits);
    // Half open, because a device may close its sending side and still wait for acks it is owed.
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
      (socket) => this.#accept(socket),
    );
  }

  /** Binds the port. Rejects with `listener_bind`, naming address and reason. */
  static async listen(options: TcpListenerOptions): Promise<TcpListener> {
    const listener = new TcpListener(options);
    await listener.#bind();
    return listener;
  }

  get name(): string {
    return this.#options.name;
  }

  /** The port bound, also where the configuration said 0. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections open now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Acks owed to devices: receipts that the journal has not given yet. */
  get owed(): number {
    let owed = 0;
    for (const link of this.#links) owed += link.session.owed;
    return owed;
  }

  /** Stops accepting connections and reading from those there are. Acks still leave. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#server.close();
    clearInterval(this.#timer);
    this.#offAccepting?.();
    for (const { socket } of this.#links) socket.pause();
  }

  /** Ends all connections: what was sent still leaves within the linger time. Resolves when the port is free. */
  async close(): Promise<void> {
    this.drain();
    await Promise.all([...this.#links].map((link) => this.#finish(link)));
  }

  #bind(): Promise<void> {
    const { name, host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? 'another process listens there' : (error.code ?? error.message);
        reject(
          new GatewayError('listener_bind', `listener "${name}" cannot bind ${host}:${port}: ${reason}`, { cause: error }),
        );
      });
      this.#server.listen({ host, port, backlog: 4096 }, () => {
        this.#server.removeAllListeners('error');
        // A failing accept (out of descriptors) leaves the port up; the kernel keeps the others waiting.
        this.#server.on('error', () => undefined);
        this.#timer = setInterval(() => this.#checkDeadlines(), DEADLINE_TICK_MS);
        this.#offAccepting = this.#options.valve.onAccepting((accepting) => this.#turn(accepting));
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? 'unknown';
    socket.on('error', () => undefined);
    if (this.#draining || !this.#count.enter(address)) {
      this.#options.closed('listener_limit');
      socket.destroy();
      return;
    }
    this.#options.opened();
    let reason: ErrorCode | null = null;
    const link: Link = { socket, corked: false, session: undefined as unknown as Session };
    const connection: Connection = {
      send: (bytes) => this.#send(link, bytes),
      close: (code) => {
        reason = code;
        this.#end(socket);
      },
    };
    link.session = this.#options.open(connection, `${address}:${socket.remotePort ?? 0}`);
    this.#links.add(link);
    socket.on('data', (chunk: Buffer) => link.session.push(chunk));
    socket.on('end', () => link.session.end());
    socket.on('close', () => {
      this.#links.delete(link);
      this.#count.leave(address);
      link.session.abort();
      this.#options.closed(reason);
    });
    if (!this.#options.valve.accepting) socket.pause();
  }

  /** Writes, and lets all that is written in this turn leave in one packet: an ack a packet costs five times as much. */
  #send(link: Link, bytes: Uint8Array): void {
    const { socket } = link;
    if (!socket.writable) return;
    if (!link.corked) {
      link.corked = true;
      socket.cork();
      queueMicrotask(() => {
        link.corked = false;
        socket.uncork();
      });
    }
    socket.write(bytes);
  }

  #end(socket: Socket): void {
    socket.end();
    socket.pause();
    const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(linger));
    socket.once('finish', () => socket.destroy());
  }

  #finish(link: Link): Promise<void> {
    return new Promise((resolve) => {
      if (link.socket.destroyed) {
        resolve();
        return;
      }
      link.socket.once('close', () => resolve());
      this.#end(link.socket);
    });
  }

  #turn(accepting: boolean): void {
    for (const { socket, session } of this.#links) {
      if (!accepting) socket.pause();
      else {
        session.resume();
        if (!socket.destroyed && !socket.writableEnded) socket.resume();
      }
    }
  }

  #checkDeadlines(): void {
    const now = this.#options.now();
    for (const { session } of this.#links) session.checkDeadlines(now);
  }
}

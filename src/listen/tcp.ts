import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Clock } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import { GatewayError } from '#errors/gateway-error';
import { plainAddress, type AddressRanges } from './addresses.ts';
import type { AllowList } from './allow-list.ts';
import { clientNameOf, type Certificates } from './certificates.ts';
import { ConnectionCount, type ConnectionLimits } from './connection-limits.ts';
import { Pace, type Pacing } from './pace.ts';
import { takeProxyHeader } from './proxy-gate.ts';
import type { Origin } from './proxy-header.ts';
import { sharedReads } from './shared-reads.ts';
import { TlsGate } from './tls-gate.ts';
import { TurnWriter } from './turn-writer.ts';

/** What a listener drives: one connection's session, knowing nothing of sockets. */
export interface Session {
  push(chunk: Uint8Array): void;
  resume(): void;
  end(): void;
  abort(): void;
  /** `paced`: its device sends too fast and was not read for a while. */
  checkDeadlines(now: number, paced: boolean): void;
  readonly owed: number;
  /** Device it has named; `null` before. */
  readonly ident: string | null;
  /** Frames and refused ranges so far. */
  readonly frames: number;
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
  /** Other processes of this user may listen here too: the kernel deals connections out among them. */
  isShared?: boolean;
  limits: ConnectionLimits & {
    /** Time for what comes before the first byte of the protocol, PROXY header and TLS handshake together, ms. */
    handshakeDeadlineMs: number;
  };
  /** Certificate of the port; without it the port speaks in the clear. */
  certificates?: Certificates | null;
  /**
   * Load balancers: their connections begin with a PROXY header, and count as those of whom it names. A header from anybody
   * else is not believed: those connections are taken as they are.
   */
  loadBalancers?: AddressRanges | null;
  /** Whose connections are taken; everybody's where it is left out. */
  allowed?: Pick<AllowList, 'hasAddress'>;
  /** Slows connections that send too fast; none where it is left out. */
  pacing?: Pacing;
  valve: Valve;
  now: Clock;
  /** Makes the session of a connection. `peerName` is address and port, `clientName` the name in its client certificate. */
  open(connection: Connection, peerName: string, clientName: string | null): Session;
  /** A connection was opened or has ended, for this reason where it was not orderly. */
  opened(): void;
  closed(code: ErrorCode | null): void;
}

/** How often deadlines are looked at, ms. */
const DEADLINE_TICK_MS = 1_000;
/** How long a closing connection may take to read what it is owed, ms. */
const LINGER_MS = 5_000;
/** How long it may take from then on to close its own side, ms. */
const DISCARD_MS = 1_000;

interface Link {
  /** What is read and written: the connection, or TLS over it. */
  socket: Socket;
  /** `null` until the connection has come in: past the PROXY header and the TLS handshake. */
  session: Session | null;
  /** By the clock that never jumps, ms. */
  acceptedAt: number;
  /** Address it counts for, `null` until that is known. */
  address: string | null;
  /** Why it ends, where that is not orderly. */
  reason: ErrorCode | null;
  /** To be written when this turn's work is done; `null` where nothing is. */
  outgoing: Uint8Array[] | null;
  /** It does not read what it is sent: it is not read either until it does, or its acks would pile up here. */
  choked: boolean;
  /** Our side is ended: what still comes is thrown away. */
  ending: boolean;
  pace: Pace | null;
  /** It has sent too fast: it is not read until this timer ends. */
  waiting: NodeJS.Timeout | null;
}

/** One bound TCP port, in the clear or with TLS. It knows bytes, not protocols. */
export class TcpListener {
  readonly #options: TcpListenerOptions;
  readonly #server: Server;
  readonly #count: ConnectionCount;
  readonly #tls: TlsGate | null;
  /** The protocol begins with the first byte of each connection. */
  readonly #isPlain: boolean;
  readonly #links = new Set<Link>();
  readonly #writer = new TurnWriter<Link>((link) => this.#write(link));
  #timer: NodeJS.Timeout | undefined;
  #offAccepting: (() => void) | undefined;
  #draining = false;
  #port = 0;

  private constructor(options: TcpListenerOptions) {
    this.#options = options;
    this.#count = new ConnectionCount(options.limits);
    const { certificates = null, loadBalancers = null, limits } = options;
    this.#tls = certificates === null ? null : new TlsGate(certificates, limits.handshakeDeadlineMs);
    this.#isPlain = certificates === null && loadBalancers === null;
    // Half open, because a device may close its sending side and still wait for acks it is owed.
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, pauseOnConnect: this.#isPlain },
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
    return this.#port;
  }

  /** Connections open now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Acks owed to devices: receipts that the journal has not given yet. */
  get owed(): number {
    let owed = 0;
    for (const { session } of this.#links) owed += session?.owed ?? 0;
    return owed;
  }

  /** Stops accepting connections and reading from those there are. Acks still leave. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#server.close();
    clearInterval(this.#timer);
    this.#offAccepting?.();
    for (const { socket, session } of this.#links) {
      if (session === null) socket.destroy();
      else socket.pause();
    }
  }

  /** Ends all connections: what was sent still leaves within the linger time. Resolves when the port is free. */
  async close(): Promise<void> {
    this.drain();
    this.#options.certificates?.close();
    await Promise.all([...this.#links].map((link) => this.#finish(link)));
  }

  #bind(): Promise<void> {
    const { name, host, port, isShared = false } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? 'another process listens there' : (error.code ?? error.message);
        reject(
          new GatewayError('listener_bind', `listener "${name}" cannot bind ${host}:${port}: ${reason}`, { cause: error }),
        );
      });
      this.#server.listen({ host, port, backlog: 4096, reusePort: isShared }, () => {
        this.#server.removeAllListeners('error');
        // Asked for also while it is being stopped, when the server has none any more.
        this.#port = (this.#server.address() as AddressInfo).port;
        // A failing accept (out of descriptors) leaves the port up; the kernel keeps the others waiting.
        this.#server.on('error', () => undefined);
        this.#timer = setInterval(() => this.#checkDeadlines(), DEADLINE_TICK_MS);
        this.#offAccepting = this.#options.valve.onAccepting((accepting) => this.#turn(accepting));
        resolve();
      });
    });
  }

  #accept(accepted: Socket): void {
    const { loadBalancers } = this.#options;
    const own: Origin = { address: plainAddress(accepted.remoteAddress), port: accepted.remotePort ?? 0 };
    const isPassedOn = loadBalancers?.has(own.address) ?? false;
    accepted.on('error', () => undefined);
    const refused = this.#draining ? 'listener_limit' : isPassedOn ? this.#count.enterUnnamed() : this.#admit(own.address);
    if (refused !== null) {
      this.#options.closed(refused);
      accepted.destroy();
      return;
    }
    this.#options.opened();
    const link: Link = {
      socket: accepted,
      session: null,
      acceptedAt: performance.now(),
      address: isPassedOn ? null : own.address,
      reason: null,
      outgoing: null,
      choked: false,
      ending: false,
      pace: null,
      waiting: null,
    };
    this.#links.add(link);
    if (this.#isPlain) {
      link.socket = sharedReads(accepted, (bytes) => this.#take(link, bytes));
      link.socket.on('error', () => undefined);
    }
    link.socket.on('close', () => {
      this.#links.delete(link);
      if (link.waiting !== null) clearTimeout(link.waiting);
      this.#count.leave(link.address);
      link.session?.abort();
      this.#options.closed(link.reason);
    });
    if (isPassedOn) this.#enterPassedOn(link, own);
    else this.#secure(link, own);
  }

  #isAllowed(address: string): boolean {
    return this.#options.allowed?.hasAddress(address) ?? true;
  }

  /** Counts a connection in; gives why it may not come in. */
  #admit(address: string): ErrorCode | null {
    return this.#isAllowed(address) ? this.#count.enter(address) : 'listener_not_allowed';
  }

  /** Lets a load balancer's connection in as that of the device it names; its own, such as a health check, as its own. */
  #enterPassedOn(link: Link, own: Origin): void {
    takeProxyHeader(link.socket, (header) => {
      if (header.kind !== 'header') {
        this.#turnAway(link, header.kind === 'ended' ? null : 'listener_proxy_header');
        return;
      }
      const origin = header.origin ?? own;
      const refused = this.#isAllowed(origin.address) ? this.#count.name(origin.address) : 'listener_not_allowed';
      if (refused !== null) {
        this.#turnAway(link, refused);
        return;
      }
      link.address = origin.address;
      this.#secure(link, origin);
    });
  }

  #secure(link: Link, origin: Origin): void {
    if (this.#tls === null) {
      this.#open(link, origin, null);
      return;
    }
    // What it ends for if it ends before the handshake does.
    link.reason = 'listener_tls';
    this.#tls.secure(link.socket, (socket) => {
      socket.on('error', () => undefined);
      link.socket = socket;
      link.reason = null;
      this.#open(link, origin, clientNameOf(socket));
    });
  }

  #turnAway(link: Link, code: ErrorCode | null): void {
    link.reason = code;
    link.socket.destroy();
  }

  #open(link: Link, { address, port }: Origin, clientName: string | null): void {
    const { socket } = link;
    const connection: Connection = {
      send: (bytes) => this.#send(link, bytes),
      close: (code) => {
        link.reason = code;
        this.#end(link);
      },
    };
    const { pacing } = this.#options;
    const peerName = `${address}:${port}`;
    const session = this.#options.open(connection, peerName, clientName);
    link.session = session;
    link.pace = pacing === undefined ? null : new Pace(pacing, peerName);
    if (!this.#isPlain) socket.on('data', (chunk: Buffer) => this.#take(link, chunk));
    socket.on('end', () => session.end());
    this.#flow(link);
  }

  #take(link: Link, chunk: Uint8Array): void {
    const { session, ending } = link;
    if (session === null || ending) return;
    const { frames } = session;
    session.push(chunk);
    this.#slow(link, chunk.length, session.frames - frames);
  }

  /** Leaves a connection unread that sends too fast, until what it has sent is earned. */
  #slow(link: Link, bytes: number, frames: number): void {
    const { pace, session, socket } = link;
    if (pace === null || session === null || socket.destroyed) return;
    const waitMs = pace.spend(session.ident, bytes, frames);
    if (waitMs === 0) return;
    if (link.waiting !== null) clearTimeout(link.waiting);
    link.waiting = setTimeout(() => {
      link.waiting = null;
      this.#flow(link);
    }, waitMs);
    this.#flow(link);
  }

  /** Reads the connection, or leaves it unread for as long as something speaks against it. */
  #flow({ socket, choked, waiting }: Link): void {
    if (socket.destroyed || socket.writableEnded) return;
    if (this.#options.valve.accepting && !this.#draining && !choked && waiting === null) socket.resume();
    else socket.pause();
  }

  /** Has bytes sent at the end of this turn. */
  #send(link: Link, bytes: Uint8Array): void {
    if (link.outgoing !== null) {
      link.outgoing.push(bytes);
      return;
    }
    link.outgoing = [bytes];
    this.#writer.add(link);
  }

  #write(link: Link): void {
    const { socket, outgoing } = link;
    link.outgoing = null;
    const [first] = outgoing ?? [];
    if (outgoing === null || first === undefined || !socket.writable) return;
    // Copied into a buffer of the pool: an array that a codec has made for an ack has no memory the kernel could read before it is asked for.
    const isTaken = socket.write(outgoing.length === 1 ? Buffer.from(first) : Buffer.concat(outgoing));
    if (isTaken || link.choked) return;
    link.choked = true;
    this.#flow(link);
    socket.once('drain', () => {
      link.choked = false;
      this.#flow(link);
    });
  }

  /**
   * Ends our side, and throws away what still comes: to close with bytes unread would reset the connection, and the peer could
   * lose the acks or the refusal that it has not read yet.
   */
  #end(link: Link): void {
    const { socket } = link;
    // A connection that is gone would be held here until the timer ends.
    if (socket.destroyed) return;
    this.#write(link);
    socket.end();
    link.ending = true;
    socket.resume();
    let linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('finish', () => {
      clearTimeout(linger);
      linger = setTimeout(() => socket.destroy(), DISCARD_MS).unref();
    });
    socket.once('close', () => clearTimeout(linger));
  }

  #finish(link: Link): Promise<void> {
    return new Promise((resolve) => {
      if (link.socket.destroyed) {
        resolve();
        return;
      }
      link.socket.once('close', () => resolve());
      this.#end(link);
    });
  }

  #turn(accepting: boolean): void {
    for (const link of this.#links) {
      if (link.session === null) continue;
      if (accepting) link.session.resume();
      this.#flow(link);
    }
  }

  #checkDeadlines(): void {
    const now = this.#options.now();
    const { handshakeDeadlineMs } = this.#options.limits;
    for (const link of this.#links) {
      if (link.session !== null) link.session.checkDeadlines(now, link.waiting !== null);
      else if (performance.now() - link.acceptedAt > handshakeDeadlineMs) this.#turnAway(link, 'listener_handshake_timeout');
    }
  }
}

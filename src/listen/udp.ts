import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup, type LookupOneOptions } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import type { Clock, EpochMs } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import { GatewayError } from '#errors/gateway-error';
import { plainAddress } from './addresses.ts';
import type { AllowList } from './allow-list.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { kernelDropsOf, type KernelDrops } from './kernel-drops.ts';
import { Pace, type Pacing } from './pace.ts';
import type { ParcelOutcome, ParcelSession } from './parcel-session.ts';
import { PeerTable } from './peer-table.ts';
import type { Valve } from './tcp.ts';

export interface UdpListenerOptions {
  name: string;
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** `connections` bounds the peers that are remembered. */
  limits: ConnectionLimits & { idleTimeoutMs: number };
  /** Receive buffer asked of the kernel, which may grant less. */
  receiveBufferBytes: number;
  /** Datagrams that may wait for their receipt, bytes in all; those beyond are refused. */
  waitingBytes: number;
  /** Whose datagrams are taken; everybody's where it is left out. */
  allowed?: Pick<AllowList, 'hasAddress'>;
  /** Refuses what comes too fast; nothing where it is left out. */
  pacing?: Pacing;
  valve: Valve;
  now: Clock;
  /** Makes the session of a peer not heard before. `peerName` is address and port. */
  open(peerName: string): ParcelSession;
  /** A peer was heard for the first time, or is forgotten, for this reason where it was not silence. */
  opened(): void;
  closed(code: ErrorCode | null): void;
  /** A datagram was refused before any session saw it. */
  refused(code: ErrorCode): void;
}

/** How often silent peers are looked for, ms. */
const IDLE_TICK_MS = 1_000;
/** Datagrams of one peer that may wait for their receipt: a device has one or a few on their way. */
const PEER_WAITING = 256;
/** How long a peer is not listened to that sent too many faulty datagrams, ms. */
const MUTE_MS = 60_000;

/** Node looks up where each reply goes, a turn of the event loop later, also where that is an address already. */
const lookUpNames: typeof lookup = ((
  host: string,
  options: LookupOneOptions,
  told: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => {
  const family = isIP(host);
  if (family === 0) lookup(host, options, told);
  else told(null, host, family);
}) as typeof lookup;

interface Peer {
  session: ParcelSession;
  heardAt: EpochMs;
  mutedUntil: EpochMs;
  /** Datagrams that are not settled. */
  inFlight: Set<Buffer>;
  pace: Pace | null;
}

/**
 * One bound UDP port. It knows datagrams, not protocols. A reply leaves after the receipt of its datagram. A datagram nothing
 * is said about is sent again by its device: that is what becomes of it when the disk refuses it, when too many wait for the
 * disk, and when the kernel's receive buffer is full.
 */
export class UdpListener {
  readonly #options: UdpListenerOptions;
  readonly #socket: Socket;
  readonly #peers: PeerTable<Peer>;
  #waitingBytes = 0;
  #owed = 0;
  #draining = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #offAccepting: (() => void) | undefined;
  #drops!: KernelDrops;

  private constructor(options: UdpListenerOptions) {
    this.#options = options;
    this.#peers = new PeerTable(options.limits);
    const { host, receiveBufferBytes } = options;
    this.#socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      recvBufferSize: receiveBufferBytes,
      lookup: lookUpNames,
    });
  }

  /** Binds the port. Rejects with `listener_bind`, naming address and reason. */
  static async listen(options: UdpListenerOptions): Promise<UdpListener> {
    const listener = new UdpListener(options);
    await listener.#bind();
    return listener;
  }

  get name(): string {
    return this.#options.name;
  }

  /** The port bound, also where the configuration said 0. */
  get port(): number {
    return this.#socket.address().port;
  }

  /** Peers remembered. */
  get connections(): number {
    return this.#peers.size;
  }

  /** Replies owed: datagrams that are not settled. */
  get owed(): number {
    return this.#owed;
  }

  /** Datagrams the kernel threw away since the port was bound, because they came faster than they were read; `null` unknown. */
  get kernelDrops(): number | null {
    return this.#drops.read();
  }

  /** The receive buffer the kernel has granted, bytes, by its own counting: Linux counts each twice. */
  get receiveBufferBytes(): number {
    return this.#closed ? 0 : this.#socket.getRecvBufferSize();
  }

  /** Takes no datagram any more. Replies still leave. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    clearInterval(this.#timer);
    this.#offAccepting?.();
  }

  /** Forgets all peers and frees the port. */
  async close(): Promise<void> {
    this.drain();
    if (this.#closed) return;
    this.#closed = true;
    for (const [name] of this.#peers) this.#forget(name, null);
    await new Promise<void>((resolve) => void this.#socket.close(resolve));
  }

  #bind(): Promise<void> {
    const { name, host, port, valve } = this.#options;
    return new Promise((resolve, reject) => {
      this.#socket.once('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? 'another process listens there' : (error.code ?? error.message);
        reject(
          new GatewayError('listener_bind', `listener "${name}" cannot bind ${host}:${port}: ${reason}`, { cause: error }),
        );
      });
      this.#socket.bind({ address: host, port, exclusive: true }, () => {
        this.#socket.removeAllListeners('error');
        // An error of the network concerns one datagram, whose device sends it again.
        this.#socket.on('error', () => undefined);
        this.#socket.on('message', (datagram, from) => this.#receive(datagram, from));
        this.#drops = kernelDropsOf(this.port);
        this.#timer = setInterval(() => this.#forgetSilent(), IDLE_TICK_MS);
        this.#offAccepting = valve.onAccepting((accepting) => {
          if (accepting) for (const [, { session }] of this.#peers) session.resume();
        });
        resolve();
      });
    });
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    // An empty datagram keeps a way through address translation open, and says nothing.
    if (this.#draining || datagram.length === 0) return;
    const now = this.#options.now();
    const address = plainAddress(from.address);
    if (this.#options.allowed?.hasAddress(address) === false) {
      this.#options.refused('listener_not_allowed');
      return;
    }
    const name = `${address}:${from.port}`;
    const peer = this.#peers.heard(name, now) ?? this.#open(name, address, now);
    peer.heardAt = now;
    const refusal = this.#refusalOf(peer, datagram, now);
    if (refusal !== null) {
      this.#options.refused(refusal);
      return;
    }
    peer.inFlight.add(datagram);
    this.#owed++;
    this.#waitingBytes += datagram.length;
    peer.session.receive(datagram, (outcome) => {
      peer.inFlight.delete(datagram);
      this.#owed--;
      this.#waitingBytes -= datagram.length;
      this.#answer(peer, outcome, from);
    });
    peer.pace?.charge(peer.session.ident, datagram.length);
    if (peer.session.tooManyFaults) peer.mutedUntil = now + MUTE_MS;
  }

  /** Why a datagram is not looked at, `null` where it is. */
  #refusalOf(peer: Peer, datagram: Buffer, now: EpochMs): ErrorCode | null {
    // A clock that was set back must not mute it for longer.
    if (peer.mutedUntil > now && peer.mutedUntil <= now + MUTE_MS) return 'session_faults';
    if (peer.pace?.isEarned(peer.session.ident) === false) return 'session_rate';
    for (const waiting of peer.inFlight) if (waiting.equals(datagram)) return 'session_repeat';
    const isFull = this.#waitingBytes + datagram.length > this.#options.waitingBytes;
    return isFull || peer.inFlight.size >= PEER_WAITING ? 'listener_busy' : null;
  }

  /**
   * Sends what the outcome has for the sender. A lost frame's sender hears nothing: what a datagram may do to a protocol, get
   * lost while a later one arrives, is all that has happened.
   */
  #answer({ session }: Peer, outcome: ParcelOutcome, { address, port }: RemoteInfo): void {
    if (this.#closed) return;
    if (outcome.kind === 'durable') for (const reply of outcome.replies) this.#send(session, reply, port, address);
    else if (outcome.kind === 'turned-away' && outcome.refusal !== null) this.#send(session, outcome.refusal, port, address);
  }

  #send(session: ParcelSession, bytes: Uint8Array, port: number, address: string): void {
    session.sent(bytes);
    // Where it cannot be sent the device hears nothing, and sends again.
    this.#socket.send(bytes, port, address, () => undefined);
  }

  #open(name: string, address: string, now: EpochMs): Peer {
    const { pacing } = this.#options;
    const pace = pacing === undefined ? null : new Pace(pacing, name);
    const peer: Peer = { session: this.#options.open(name), heardAt: now, mutedUntil: 0, inFlight: new Set(), pace };
    const removed = this.#peers.add(name, address, peer, now);
    this.#options.opened();
    if (removed !== undefined) this.#end(removed, 'listener_limit');
    return peer;
  }

  #forgetSilent(): void {
    // While nothing is taken, silence is ours, not the devices'.
    if (!this.#options.valve.accepting) return;
    const longAgo = this.#options.now() - this.#options.limits.idleTimeoutMs;
    for (const [name, { heardAt }] of this.#peers) {
      if (heardAt > longAgo) break;
      this.#forget(name, null);
    }
  }

  #forget(name: string, code: ErrorCode | null): void {
    const peer = this.#peers.remove(name);
    if (peer !== undefined) this.#end(peer, code);
  }

  #end({ session }: Peer, code: ErrorCode | null): void {
    session.abort(code ?? 'session_reset');
    this.#options.closed(code);
  }
}

import type { Duplex } from 'node:stream';
import type { Clock } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import type { AllowList } from '../allow-list.ts';
import type { Certificates } from '../certificates.ts';
import { ConnectionCount, type ConnectionLimits } from '../connection-limits.ts';
import type { Pacing } from '../pace.ts';
import type { ParcelSession } from '../parcel-session.ts';
import type { Valve } from '../tcp.ts';
import { TurnWriter } from '../turn-writer.ts';
import type { MqttLogin } from './credentials.ts';
import { Door } from './door.ts';
import { IngestBroker, type SubscriptionLimits } from './ingest-broker.ts';
import { Link, type LinkLimits, type LinkOptions } from './link.ts';

export interface MqttListenerOptions {
  name: string;
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** See `DoorOptions`. */
  certificates: Certificates | null;
  webSocket: boolean;
  /** `handshakeDeadlineMs` is for TLS and the upgrade to WebSocket, `loginDeadlineMs` for the CONNECT after them. */
  limits: ConnectionLimits & LinkLimits & Partial<SubscriptionLimits> & { handshakeDeadlineMs: number };
  /** Who may come in; everybody where it is left out. */
  allowed?: Pick<AllowList, 'hasAddress' | 'hasIdent'>;
  /** See `LinkOptions`. */
  pacing?: Pacing;
  /** A device has logged in: false refuses it, because another connection of it is there. Without it the newest stays. */
  claim?: (ident: string, link: Link) => boolean;
  /** A device that was let in has left. */
  leave?: (ident: string, link: Link) => void;
  /** Several connections of a device may stay. */
  allowsBoth?: boolean;
  protocols: readonly string[];
  valve: Valve;
  now: Clock;
  logins: {
    /** Gives the device a login proves, `null` where it proves none. */
    identify(login: MqttLogin): string | null;
    close(): void;
  };
  /** Makes the session of a device and protocol; `null` where the device may not come in. */
  open(sender: { peerName: string; ident: string; protocol: string }): ParcelSession | null;
  /** A connection was opened or has ended, for this reason where it was not orderly. */
  opened(): void;
  closed(code: ErrorCode | null): void;
  /** See `IngestRules`. */
  refused(protocol: string, code: ErrorCode): void;
  unacknowledged(): void;
}

/** How often silent clients are looked for, ms. */
const DEADLINE_TICK_MS = 1_000;

/** One port on which devices publish their frames over MQTT. */
export class MqttListener {
  readonly #options: MqttListenerOptions;
  readonly #broker: IngestBroker;
  readonly #count: ConnectionCount;
  readonly #byPeer = new Map<string, Link>();
  readonly #byIdent = new Map<string, Link>();
  /** Why connections failed that never became MQTT. */
  readonly #failed = new Map<string, ErrorCode>();
  readonly #linkOptions: LinkOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #offAccepting: () => void;
  #door!: Door;
  #draining = false;

  private constructor(options: MqttListenerOptions) {
    this.#options = options;
    this.#count = new ConnectionCount(options.limits);
    const { limits, protocols, now, valve, pacing, allowed } = options;
    this.#linkOptions = {
      listener: options.name,
      limits,
      ...(pacing === undefined ? {} : { pacing }),
      now,
      writer: new TurnWriter((link) => link.write()),
      packet: (link, bytes, from, end) => this.#broker.take(link, bytes, from, end),
      halted: () => this.#draining || !valve.accepting,
      open: (sender) => options.open(sender),
    };
    this.#broker = new IngestBroker({
      protocols,
      subscriptions: limits.subscriptions ?? Infinity,
      topicBytes: limits.topicBytes ?? Infinity,
      allows: (ident) => allowed?.hasIdent(ident) ?? true,
      identify: (login) => options.logins.identify(login),
      arrived: (link) => this.#arrive(link),
      refused: (protocol, code) => options.refused(protocol, code),
      unacknowledged: () => options.unacknowledged(),
    });
    this.#timer = setInterval(() => this.#checkSilence(), DEADLINE_TICK_MS);
    this.#offAccepting = options.valve.onAccepting((accepting) => {
      for (const link of this.#byPeer.values()) {
        if (accepting) link.resume();
        else link.flow();
      }
    });
  }

  /** Binds the port. Rejects with `listener_bind`, naming address and reason. */
  static async listen(options: MqttListenerOptions): Promise<MqttListener> {
    const listener = new MqttListener(options);
    const { name, host, port, certificates, webSocket, limits } = options;
    try {
      listener.#door = await Door.open({
        name,
        host,
        port,
        certificates,
        webSocket,
        handshakeMs: limits.handshakeDeadlineMs,
        messageBytes: limits.packetBytes,
        admit: (address, peerName) => listener.#admit(address, peerName),
        entered: (stream, peerName, certificateName) => listener.#enter(stream, peerName, certificateName),
        left: (address, peerName) => listener.#leave(address, peerName),
        tlsFailed: (peerName) => void listener.#failed.set(peerName, 'listener_tls'),
      });
      return listener;
    } catch (error) {
      listener.#end();
      throw error;
    }
  }

  get name(): string {
    return this.#options.name;
  }

  /** The port bound, also where the configuration said 0. */
  get port(): number {
    return this.#door.port;
  }

  /** Clients connected now. */
  get connections(): number {
    return this.#byPeer.size;
  }

  /** Acks owed to clients: publishes that are not durable yet. */
  get owed(): number {
    let owed = 0;
    for (const link of this.#byPeer.values()) owed += link.owed;
    return owed;
  }

  /** Stops accepting connections and reading from those there are. Acks still leave. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#door.shut();
    for (const link of this.#byPeer.values()) link.flow();
  }

  /** Ends all connections, once what they were sent is written. Resolves when the port is free. */
  async close(): Promise<void> {
    this.drain();
    for (const link of this.#byPeer.values()) link.write();
    this.#end();
    await this.#door.clear();
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#offAccepting();
    this.#options.logins.close();
  }

  #admit(address: string, peerName: string): boolean {
    const { allowed } = this.#options;
    const isAllowed = allowed?.hasAddress(address) ?? true;
    const refused = this.#draining ? 'listener_limit' : isAllowed ? this.#count.enter(address) : 'listener_not_allowed';
    if (refused !== null) {
      this.#options.closed(refused);
      return false;
    }
    this.#options.opened();
    this.#failed.delete(peerName);
    return true;
  }

  #enter(stream: Duplex, peerName: string, certificateName: string | null): Link {
    const link = new Link(stream, peerName, certificateName, this.#linkOptions);
    this.#byPeer.set(peerName, link);
    return link;
  }

  #arrive(link: Link): boolean {
    const { claim, allowsBoth = false } = this.#options;
    const ident = link.ident ?? '';
    if (claim?.(ident, link) === false) return false;
    const older = this.#byIdent.get(ident);
    if (older !== undefined && !allowsBoth) older.replaced();
    this.#byIdent.set(ident, link);
    return true;
  }

  #leave(address: string, peerName: string): void {
    this.#count.leave(address);
    const link = this.#byPeer.get(peerName);
    this.#options.closed(link?.reason ?? this.#failed.get(peerName) ?? null);
    this.#failed.delete(peerName);
    if (link === undefined) return;
    link.end();
    this.#byPeer.delete(peerName);
    if (link.ident === null || !link.isIn) return;
    this.#options.leave?.(link.ident, link);
    if (this.#byIdent.get(link.ident) === link) this.#byIdent.delete(link.ident);
  }

  #checkSilence(): void {
    const now = this.#options.now();
    for (const link of this.#byPeer.values()) link.checkSilence(now);
  }
}

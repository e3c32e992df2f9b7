import type { Duplex } from 'node:stream';
import type { Clock, EpochMs } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import type { ParcelOutcome, ParcelSession } from '../parcel-session.ts';
import { Pace, type Pacing } from '../pace.ts';
import { PacketCutter, type PacketTaker } from './packet-cutter.ts';
import { ack, publishOnce } from './packets.ts';
import { hearsReplies, replyTopic } from './topics.ts';
import type { TurnWriter } from '../turn-writer.ts';

export interface LinkLimits {
  /** Longest packet, bytes. */
  packetBytes: number;
  /** Publishes of one client that may wait for their receipts before it is left unread. */
  publishesInFlight: number;
  /** Time a connection has for its CONNECT, ms. */
  loginDeadlineMs: number;
  /** Silence after which a client that gave no keepalive is cut off, ms. */
  idleTimeoutMs: number;
}

/** What all links of a listener have in common. */
export interface LinkOptions {
  /** Name of the listener. */
  listener: string;
  limits: LinkLimits;
  /** Slows clients that send too fast; nobody where it is left out. Packets are its frames. */
  pacing?: Pacing;
  now: Clock;
  writer: TurnWriter<Link>;
  /** Takes a whole packet, whose bytes are borrowed. */
  packet(link: Link, bytes: Uint8Array, from: number, end: number): void;
  /** Nothing is to be read from anybody. */
  halted(): boolean;
  /** Makes the session of a device and protocol; `null` where the device may not come in. */
  open(sender: { peerName: string; ident: string; protocol: string }): ParcelSession | null;
}

/** A publish that is to be acknowledged. */
export interface Acknowledged {
  /** First byte of the ack; 0 where none is due. */
  ack: number;
  /** Packet id. */
  id: number;
}

/** MQTT lets a client be silent for one and a half times its keepalive (MQTT 3.1.1 §3.1.2.10). */
const KEEPALIVE_GRACE = 1.5;
/** Silence is looked at every second. Where more has passed between two looks, the clock has jumped, ms. */
const LONGEST_LOOK_MS = 10_000;
/** How long a client may leave what is written to it unread, ms. */
const DRAIN_TIMEOUT_MS = 10_000;

/** One connected client: who it is, its bytes both ways, what it is owed, and when it is to be cut off. */
export class Link implements PacketTaker {
  readonly peerName: string;
  /** Common name of the certificate it has shown, `null` without one. */
  readonly certificateName: string | null;
  /** Device it has logged in as; `null` before. */
  ident: string | null = null;
  /** Why the connection ended; `null` for an orderly end, and while it has not. */
  reason: ErrorCode | null = null;
  /** It has logged in and was let in. */
  isIn = false;
  /** The topic it has published under last, which is its own. */
  topic: { bytes: Uint8Array; protocol: string } | null = null;
  /** Filters it has subscribed to. */
  subscriptions: Set<string> | null = null;
  readonly #stream: Duplex;
  readonly #options: LinkOptions;
  readonly #cutter: PacketCutter;
  readonly #pace: Pace | null;
  /** It has sent too fast: it is not read until this timer ends. */
  #waiting: NodeJS.Timeout | null = null;
  /** Its sessions by protocol; most clients have one, and none before the first publish. */
  #sessions: Map<string, ParcelSession> | null = null;
  /** To be written when this turn's work is done. */
  #outgoing: Uint8Array[] | null = null;
  /** Since when it does not read what it is sent: it is not read either until it does; `null` where it does. */
  #chokedAt: EpochMs | null = null;
  #isPaused = true;
  #silenceMs: number;
  /** When it was heard last; when it came, before its login. */
  #heardAt: EpochMs;
  /** When silence was looked at last. */
  #checkedAt: EpochMs;
  /** Packets taken from the present chunk. */
  #packets = 0;
  #inFlight = 0;
  /** Nothing more is taken from it. */
  #ended = false;

  /** The stream must not have begun to flow. */
  constructor(stream: Duplex, peerName: string, certificateName: string | null, options: LinkOptions) {
    const { limits, pacing, now } = options;
    this.#stream = stream;
    this.peerName = peerName;
    this.certificateName = certificateName;
    this.#options = options;
    this.#cutter = new PacketCutter(limits.packetBytes);
    this.#silenceMs = limits.idleTimeoutMs;
    this.#pace = pacing === undefined ? null : new Pace(pacing, peerName);
    this.#heardAt = now();
    this.#checkedAt = this.#heardAt;
    stream.on('error', (error: Error & { code?: string }) => this.#failed(error));
    this.flow();
  }

  get listener(): string {
    return this.#options.listener;
  }

  /** Acks owed to the client. */
  get owed(): number {
    return this.#inFlight;
  }

  /** Takes what one read gave. The chunk may be reused by the caller afterwards. */
  take(chunk: Uint8Array): void {
    if (this.#ended) return;
    if (this.isIn) this.#heardAt = this.#options.now();
    this.#packets = 0;
    if (!this.#cutter.cut(chunk, this)) this.cutOff('session_malformed');
    this.#slow(chunk.length, this.#packets);
    this.flow();
  }

  packet(bytes: Uint8Array, from: number, end: number): boolean {
    this.#packets++;
    this.#options.packet(this, bytes, from, end);
    return !this.#ended;
  }

  /** Reads the client, or leaves it unread for as long as something speaks against it. */
  flow(): void {
    const isFull = this.#inFlight >= this.#options.limits.publishesInFlight;
    const isShut = isFull || this.#waiting !== null || this.#chokedAt !== null || this.#options.halted();
    if (isShut === this.#isPaused) return;
    this.#isPaused = isShut;
    if (isShut) this.#stream.pause();
    else this.#stream.resume();
  }

  /** Leaves the client unread that sends too fast, until what it has sent is earned. */
  #slow(bytes: number, packets: number): void {
    const waitMs = this.#pace?.spend(this.ident, bytes, packets) ?? 0;
    if (waitMs === 0 || this.#stream.destroyed) return;
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => {
      this.#waiting = null;
      this.flow();
    }, waitMs);
  }

  /** Notes that the client was let in, with the keepalive it has asked for, seconds; 0 means none. */
  enter(keepaliveS: number): void {
    this.isIn = true;
    this.#heardAt = this.#options.now();
    if (keepaliveS > 0) this.#silenceMs = keepaliveS * 1_000 * KEEPALIVE_GRACE;
  }

  /** Has a publish stored, and acknowledges it once it is durable. */
  publish(protocol: string, payload: Uint8Array, due: Acknowledged): void {
    const session = this.#session(protocol);
    if (session === null) {
      this.cutOff('session_unknown_ident');
      return;
    }
    this.#inFlight++;
    session.receive(payload, (outcome) => this.#settle(session, protocol, outcome, due));
  }

  #settle(session: ParcelSession, protocol: string, outcome: ParcelOutcome, due: Acknowledged): void {
    this.#inFlight--;
    if (this.#stream.destroyed) return;
    switch (outcome.kind) {
      case 'durable':
        if (due.ack !== 0) this.send(ack(due.ack, due.id));
        if (this.subscriptions !== null) for (const reply of outcome.replies) this.#reply(session, protocol, reply);
        break;
      case 'withheld':
      case 'turned-away':
        this.cutOff(outcome.code);
        break;
      case 'lost':
        this.cutOff('spool_io');
        break;
    }
    if (session.tooManyFaults) this.cutOff('session_faults');
    this.flow();
  }

  #reply(session: ParcelSession, protocol: string, reply: Uint8Array): void {
    const { ident, subscriptions } = this;
    if (ident === null || subscriptions === null || !hearsReplies(subscriptions, ident, protocol)) return;
    session.sent(reply);
    this.send(publishOnce(replyTopic(ident, protocol), reply));
  }

  /** Sends whole packets; those of one turn leave in one write. */
  send(bytes: Uint8Array): void {
    if (this.#outgoing !== null) {
      this.#outgoing.push(bytes);
      return;
    }
    this.#outgoing = [bytes];
    this.#options.writer.add(this);
  }

  /** Writes what was sent in this turn. */
  write(): void {
    const outgoing = this.#outgoing ?? [];
    this.#outgoing = null;
    const [first] = outgoing;
    if (first === undefined || !this.#stream.writable) return;
    const isTaken = this.#stream.write(outgoing.length === 1 ? first : Buffer.concat(outgoing));
    if (isTaken || this.#chokedAt !== null) return;
    this.#chokedAt = this.#options.now();
    this.#stream.once('drain', () => {
      this.#chokedAt = null;
      this.flow();
    });
    this.flow();
  }

  /** Ends the connection for a reason, once what was sent in this turn has left. */
  cutOff(reason: ErrorCode): void {
    this.reason ??= reason;
    this.leave();
  }

  /** Ends the connection once what was sent in this turn has left. */
  leave(): void {
    this.#ended = true;
    setImmediate(() => {
      // Its turn to be written to may not have come.
      this.write();
      this.#stream.destroy();
    });
  }

  /** A newer connection of the device has taken its place. */
  replaced(): void {
    this.cutOff('session_replaced');
  }

  /** Goes on after nothing was read from anybody. */
  resume(): void {
    if (this.#sessions !== null) for (const session of this.#sessions.values()) session.resume();
    this.flow();
  }

  /** The connection is gone. */
  end(): void {
    this.#ended = true;
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    if (this.#sessions !== null) for (const session of this.#sessions.values()) session.abort('session_reset');
  }

  /**
   * Cuts the client off if it has been silent for too long, or has not logged in. Silence while it is left unread is not its fault, nor is what
   * our clock has jumped. To be called every second or so.
   */
  checkSilence(now: EpochMs): void {
    const passed = now - this.#checkedAt;
    this.#checkedAt = now;
    const silentMs = this.isIn ? this.#silenceMs : this.#options.limits.loginDeadlineMs;
    if (passed < 0 || passed > LONGEST_LOOK_MS) {
      this.#heardAt = now;
      if (this.#chokedAt !== null) this.#chokedAt = now;
    } else if (this.#chokedAt !== null) {
      if (now - this.#chokedAt > DRAIN_TIMEOUT_MS) this.cutOff('session_idle');
    } else if (this.#isPaused) this.#heardAt = now;
    else if (now - this.#heardAt > silentMs) this.cutOff(this.isIn ? 'session_idle' : 'session_login_timeout');
  }

  /** Its connection has failed; WebSocket's own faults are the client's. */
  #failed({ code }: { code?: string }): void {
    this.reason ??= code?.startsWith('WS_ERR') === true ? 'session_malformed' : 'session_reset';
  }

  #session(protocol: string): ParcelSession | null {
    const known = this.#sessions?.get(protocol);
    if (known !== undefined) return known;
    const session = this.#options.open({ peerName: this.peerName, ident: this.ident ?? '', protocol });
    if (session === null) return null;
    this.#sessions ??= new Map();
    this.#sessions.set(protocol, session);
    return session;
  }
}

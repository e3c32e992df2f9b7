import type { Duplex } from 'node:stream';
import type { Clock, EpochMs } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import type { ParcelOutcome, ParcelSession } from '../parcel-session.ts';
import { Pace, type Pacing } from '../pace.ts';
import type { PublishLane } from './publish-lane.ts';
import { PacketMeter, type PacketLimits } from './packet-meter.ts';
import { gateReads, type ReadGate } from './read-gate.ts';

export interface LinkLimits extends PacketLimits {
  /** Publishes of one client that may wait for their receipts before it is left unread. */
  publishesInFlight: number;
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
  /** Nothing is to be read from anybody. */
  halted(): boolean;
  /** Makes the session of a device and protocol; `null` where the device may not come in. */
  open(sender: { peerName: string; ident: string; protocol: string }): ParcelSession | null;
}

/** MQTT lets a client be silent for one and a half times its keepalive (MQTT 3.1.1 §3.1.2.10). */
const KEEPALIVE_GRACE = 1.5;
/** Silence is looked at every second. Where more has passed between two looks, the clock has jumped, ms. */
const LONGEST_LOOK_MS = 10_000;

/** What the listener knows of one connected client: who it is, what it is owed, and when it is to be cut off. */
export class Link implements ReadGate {
  readonly stream: Duplex;
  readonly peerName: string;
  /** Common name of the certificate it has shown, `null` without one. */
  readonly certificateName: string | null;
  /** Device it has logged in as; `null` before. */
  ident: string | null = null;
  /** Why the connection ended; `null` for an orderly end, and while it has not. */
  reason: ErrorCode | null = null;
  /** Takes its publishes past the broker; `null` before the broker knows it. */
  lane: PublishLane | null = null;
  /** It has logged in and was let in. */
  isIn = false;
  /** It has subscribed to replies. */
  wantsReplies = false;
  /** Filters it has subscribed to. */
  readonly subscriptions = new Set<string>();
  readonly #pace: Pace | null;
  /** It has sent too fast: it is not read until this timer ends. */
  #waiting: NodeJS.Timeout | null = null;
  readonly #options: LinkOptions;
  readonly #meter: PacketMeter;
  readonly #sessions = new Map<string, ParcelSession>();
  readonly #wake: () => void;
  #silenceMs: number;
  /** When silence was looked at last. */
  #checkedAt: EpochMs;
  #inFlight = 0;
  #gone = false;

  constructor(stream: Duplex, peerName: string, certificateName: string | null, options: LinkOptions) {
    this.stream = stream;
    this.peerName = peerName;
    this.certificateName = certificateName;
    this.#options = options;
    this.#meter = new PacketMeter(options.limits, options.now);
    this.#silenceMs = options.limits.idleTimeoutMs;
    this.#pace = options.pacing === undefined ? null : new Pace(options.pacing, peerName);
    this.#checkedAt = options.now();
    this.#wake = gateReads(stream, this);
  }

  get listener(): string {
    return this.#options.listener;
  }

  /** Acks owed to the client. */
  get owed(): number {
    return this.#inFlight;
  }

  get shut(): boolean {
    return this.#waiting !== null || this.#inFlight >= this.#options.limits.publishesInFlight || this.#options.halted();
  }

  pass(chunk: Buffer): boolean {
    const { packets, isBetween } = this.#meter;
    const fault = this.#meter.take(chunk);
    if (fault !== null) {
      this.cutOff(fault);
      return false;
    }
    this.#slow(chunk.length, this.#meter.packets - packets);
    return !isBetween || this.lane?.take(chunk) !== true;
  }

  /** Leaves the client unread that sends too fast, until what it has sent is earned. */
  #slow(bytes: number, packets: number): void {
    const waitMs = this.#pace?.spend(this.ident, bytes, packets) ?? 0;
    if (waitMs === 0) return;
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => {
      this.#waiting = null;
      this.#wake();
    }, waitMs);
  }

  /** Takes the keepalive the client has asked for, seconds; 0 means none. */
  setKeepalive(seconds: number): void {
    if (seconds > 0) this.#silenceMs = seconds * 1_000 * KEEPALIVE_GRACE;
  }

  /** Has a publish stored, and tells how it ended unless the client is gone by then. */
  publish(protocol: string, payload: Uint8Array, settle: (outcome: ParcelOutcome) => void): void {
    const session = this.#session(protocol);
    if (session === null) {
      settle({ kind: 'turned-away', code: 'session_unknown_ident', refusal: null });
      return;
    }
    this.#inFlight++;
    session.receive(payload, (outcome) => {
      this.#inFlight--;
      if (this.#gone) return;
      settle(outcome);
      if (session.tooManyFaults) this.cutOff('session_faults');
      this.#wake();
    });
  }

  /** Hears that a reply was sent to the client. */
  sent(protocol: string, reply: Uint8Array): void {
    this.#sessions.get(protocol)?.sent(reply);
  }

  /** Ends the connection for a reason, once what was written in this turn has left. */
  cutOff(reason: ErrorCode): void {
    this.reason ??= reason;
    setImmediate(() => this.stream.destroy());
  }

  /** A newer connection of the device has taken its place. */
  replaced(): void {
    this.cutOff('session_replaced');
  }

  /** Goes on after nothing was read from anybody. */
  resume(): void {
    for (const session of this.#sessions.values()) session.resume();
    this.#wake();
  }

  /** The connection is gone. */
  end(): void {
    this.#gone = true;
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    for (const session of this.#sessions.values()) session.abort('session_reset');
  }

  /**
   * Cuts the client off if it has been silent for too long. Silence while it is left unread is not its fault, nor is what our clock
   * has jumped. To be called every second or so.
   */
  checkSilence(now: EpochMs): void {
    const passed = now - this.#checkedAt;
    this.#checkedAt = now;
    if (this.shut || passed < 0 || passed > LONGEST_LOOK_MS) this.#meter.heardAt = now;
    else if (now - this.#meter.heardAt > this.#silenceMs) this.cutOff('session_idle');
  }

  #session(protocol: string): ParcelSession | null {
    const known = this.#sessions.get(protocol);
    if (known !== undefined) return known;
    const session = this.#options.open({ peerName: this.peerName, ident: this.ident ?? '', protocol });
    if (session !== null) this.#sessions.set(protocol, session);
    return session;
  }
}

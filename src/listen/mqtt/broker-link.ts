import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { ErrorCode } from '#errors/codes';
import type { ParcelSession } from '../parcel-session.ts';
import { SessionCache } from './session-cache.ts';
import type { TopicFacts, TopicRule } from './topic-rule.ts';
import type { BrokerAccess } from './watched-access.ts';

export interface BrokerLinkOptions {
  url: string;
  client: IClientOptions;
  /** What to log in with, asked for before every attempt to connect. */
  access: () => BrokerAccess;
  /** Filters to subscribe to, as they are sent. */
  filters: readonly string[];
  rules: readonly TopicRule[];
  /** Opens the session of what the topic tells; `null` where it may not come in. */
  open(topic: TopicFacts): ParcelSession | null;
  connected(): void;
  /** The connection has ended, or could not be made. */
  lost(code: ErrorCode | null, error: Error | null): void;
  refused(protocol: string, code: ErrorCode): void;
  unacknowledged(): void;
}

/** Pauses between attempts to connect: doubled up to the last, each with as much again by chance. */
const RETRY_MS = { first: 250, last: 30_000 };
/** Devices behind one connection whose session is remembered. */
const SESSIONS = 20_000;
const QOS = 1;

/**
 * One connection to a broker elsewhere. It has one message at a time on its way to the disk, because that is how mqtt.js lets
 * an acknowledgement wait; several connections share the work.
 */
export class BrokerLink {
  readonly #options: BrokerLinkOptions;
  readonly #client: MqttClient;
  readonly #sessions = new SessionCache(SESSIONS);
  #delayMs = RETRY_MS.first;
  #error: Error | null = null;
  #halted = false;
  /** Whether it is to connect anew: as soon as nothing is owed, or just now. */
  #renewal: 'none' | 'wanted' | 'under way' = 'none';

  constructor(options: BrokerLinkOptions) {
    this.#options = options;
    this.#client = connect(options.url, {
      ...options.client,
      ...options.access(),
      clean: false,
      // The broker may have forgotten the session, or never had it: subscribing again does no harm.
      resubscribe: false,
      reconnectPeriod: this.#delayMs,
    });
    this.#client.handleMessage = (packet, done) => this.#take(packet, done);
    this.#client.on('error', (error) => (this.#error = error));
    this.#client.on('connect', () => this.#subscribe());
    this.#client.on('close', () => this.#close());
  }

  get isConnected(): boolean {
    return this.#client.connected;
  }

  /** Acks owed to the broker: messages that are not durable yet. */
  get owed(): number {
    let owed = 0;
    for (const session of this.#sessions) owed += session.owed;
    return owed;
  }

  resume(): void {
    for (const session of this.#sessions) session.resume();
  }

  /**
   * Logs in anew, as soon as nothing is owed: there is another password, and a broker cuts off who stays with a token that has
   * expired. What the broker has meanwhile waits in its session, where it keeps one.
   */
  renew(): void {
    Object.assign(this.#client.options, this.#options.access());
    if (this.#client.connected && this.#renewal === 'none') this.#renewal = 'wanted';
    this.#renewWhenIdle();
  }

  /** Takes no more messages. Acks still leave. */
  drain(): void {
    this.#halted = true;
  }

  /** Ends the connection; the broker keeps the session for the next start. */
  async close(): Promise<void> {
    this.#halted = true;
    await this.#client.endAsync(true);
  }

  #subscribe(): void {
    this.#error = null;
    const { filters } = this.#options;
    const client = this.#client;
    client.subscribe([...filters], { qos: QOS }, (error) => {
      if (error === null) {
        this.#delayMs = RETRY_MS.first;
        this.#options.connected();
        return;
      }
      // A broker that refuses the subscription is of no more use than one that does not answer.
      this.#error = error;
      client.stream.destroy();
    });
  }

  #close(): void {
    // What waits here comes again when the connection is back: the broker has no ack for it.
    for (const session of this.#sessions) session.abort('session_reset');
    this.#sessions.clear();
    const isOrderly = this.#halted || this.#renewal === 'under way';
    this.#renewal = 'none';
    this.#options.lost(isOrderly ? null : 'listener_unreachable', this.#error);
    if (!this.#halted) Object.assign(this.#client.options, this.#options.access());
    this.#delayMs = Math.min(this.#delayMs * 2, RETRY_MS.last);
    this.#client.options.reconnectPeriod = this.#delayMs * (1 + Math.random());
  }

  #take({ topic, payload, qos }: IPublishPacket, done: () => void): void {
    if (this.#halted) return;
    if (qos === 0) this.#options.unacknowledged();
    const session = this.#sessionOf(topic);
    if (session === null) {
      // Nobody would take it later either, and a broker that gets no ack holds back what comes behind.
      done();
      return;
    }
    const { stream } = this.#client;
    session.receive(typeof payload === 'string' ? Buffer.from(payload) : payload, ({ kind }) => {
      // An ack belongs to the connection its message came over.
      if (this.#client.stream !== stream || stream.destroyed) return;
      if (kind === 'lost') stream.destroy();
      else {
        done();
        this.#renewWhenIdle();
      }
    });
  }

  #renewWhenIdle(): void {
    if (this.#renewal !== 'wanted' || this.#halted || this.owed > 0) return;
    this.#renewal = 'under way';
    const client = this.#client;
    // In turn, behind the acks that were written: first the farewell, then the new connection.
    client.end(false, {}, () => {
      if (!this.#halted) client.reconnect();
    });
  }

  #sessionOf(topic: string): ParcelSession | null {
    for (const rule of this.#options.rules) {
      const found = rule.match(topic);
      if (found === null) continue;
      const { ident, protocol, dialect } = found;
      const key = [ident, protocol, dialect].map((part) => part ?? '').join(' ');
      return this.#sessions.take(key, () => this.#options.open(found));
    }
    this.#options.refused('unknown', 'session_foreign_topic');
    return null;
  }
}

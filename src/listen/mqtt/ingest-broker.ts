import { Aedes, type Client, type ConnectPacket, type PublishPacket, type Subscription } from 'aedes';
import type { ErrorCode } from '#errors/codes';
import type { ParcelOutcome } from '../parcel-session.ts';
import type { MqttLogin } from './credentials.ts';
import type { Link } from './link.ts';
import { PublishLane } from './publish-lane.ts';
import { isOwnFilter, parseTopic, replyTopic } from './topics.ts';

/** Bounds on what a client may subscribe to. */
export interface SubscriptionLimits {
  /** Filters of one client. */
  subscriptions: number;
  /** Longest topic or filter, bytes. */
  topicBytes: number;
}

export interface IngestRules extends SubscriptionLimits {
  /** Protocols that may be published. */
  protocols: readonly string[];
  /** Time a connection has for its CONNECT, ms. */
  connectDeadlineMs: number;
  /** Publishes with QoS 2 of one client that may wait for their PUBREL. */
  publishesInFlight: number;
  linkOf(client: Client): Link | undefined;
  /** Gives the device a login proves, `null` where it proves none. */
  identify(login: MqttLogin): string | null;
  /** Says whether a device is on the list of those that may come in. */
  allows(ident: string): boolean;
  /** Several connections of a device may stay; otherwise the newest takes the place of the others. */
  allowsBoth: boolean;
  /** A device has logged in, in a version of MQTT that is spoken. False refuses it: another connection of it is there, and stays. */
  arrived(link: Link): boolean;
  /** A publish or a subscription went no further, for this reason. */
  refused(protocol: string, code: ErrorCode): void;
  /** A publish came with QoS 0: nothing will tell the device that it is safe. */
  unacknowledged(): void;
}

type Done = (error?: Error) => void;

/** CONNACK return code 4: bad user name or password (MQTT 3.1.1 §3.2.2.3). */
const BAD_LOGIN = 4;
/** CONNACK return code 5: not authorized (the same). */
const NOT_AUTHORIZED = 5;
/** How long a client may leave what is written to it unread, ms. */
const DRAIN_TIMEOUT_MS = 10_000;
const ENDED = new Error('cut off');

/**
 * An MQTT broker whose subscribers are not its point: what devices publish goes to the spool, and to nobody else. A PUBACK or
 * PUBREC follows the receipt, because aedes sends them after `authorizePublish` has called back, and that waits for the disk.
 * Nothing is kept between connections: no session, no offline queue, no will, no retained message.
 */
export class IngestBroker extends Aedes {
  readonly #rules: IngestRules;

  constructor(rules: IngestRules) {
    super({
      connectTimeout: rules.connectDeadlineMs,
      maxInflightInbound: rules.publishesInFlight,
      drainTimeout: DRAIN_TIMEOUT_MS,
      // Bounds on the length of client ids are ours: they are made from idents.
      maxClientsIdLength: 1024,
      preConnect: (client, packet, callback) => callback(null, this.#preConnect(client, packet)),
      authenticate: (client, _username, _password, done) => {
        const link = this.#rules.linkOf(client);
        if (link === undefined || link.ident === null) {
          done(Object.assign(new Error('bad user name or password'), { returnCode: BAD_LOGIN }), null);
          return;
        }
        if (!this.#rules.arrived(link)) {
          link.reason = 'session_taken';
          done(Object.assign(new Error('another connection of the device is there'), { returnCode: NOT_AUTHORIZED }), null);
          return;
        }
        done(null, true);
      },
      authorizePublish: (client, packet, callback) => this.#take(client, packet, callback),
      authorizeSubscribe: (client, subscription, callback) => callback(null, this.#grant(client, subscription)),
    });
    this.#rules = rules;
    const failed = (client: Client, error: Error) => this.#fail(client, error);
    this.on('clientError', failed);
    this.on('connectionError', failed);
  }

  /** Routes what the gateway itself publishes. What a device has published is in the spool by now, and goes nowhere else. */
  override publish(packet: PublishPacket, clientOrDone: Client | Done | null, done: Done = () => undefined): void {
    if (clientOrDone === null || typeof clientOrDone === 'function') super.publish(packet, clientOrDone ?? done);
    else done();
  }

  /** Opens the way past the broker for what a client publishes. */
  laneOf(client: Client, link: Link): PublishLane {
    return new PublishLane({
      stream: link.stream,
      isOpen: () => client.connected && link.reason === null,
      protocolOf: (topic) => this.#protocolOf(link, topic),
      take: (protocol, payload, done) => this.#store(link, protocol, payload, done),
    });
  }

  #preConnect(client: Client, packet: ConnectPacket): boolean {
    const link = this.#rules.linkOf(client);
    if (link === undefined) return false;
    const { certificateName } = link;
    link.ident = this.#rules.identify({ username: packet.username, password: packet.password, certificateName });
    link.setKeepalive(packet.keepalive ?? 0);
    // One connection a device: a newer one takes the place of the older, and nobody can take another's by its client id.
    if (link.ident === null) link.reason = 'session_credentials';
    else if (!this.#rules.allows(link.ident)) {
      link.reason = 'session_not_allowed';
      link.ident = null;
    } else packet.clientId = this.#rules.allowsBoth ? `${link.ident} ${link.peerName}` : link.ident;
    packet.clean = true;
    packet.keepalive = 0;
    delete packet.will;
    return true;
  }

  #take(client: Client | null, packet: PublishPacket, done: Done): void {
    const link = client === null ? undefined : this.#rules.linkOf(client);
    if (link === undefined || link.reason !== null) {
      done(ENDED);
      return;
    }
    const topic = packet.topic.length > this.#rules.topicBytes ? null : parseTopic(packet.topic);
    const protocol = topic !== null && this.#rules.protocols.includes(topic.protocol) ? topic.protocol : null;
    if (topic === null || protocol === null || topic.ident !== link.ident) {
      this.#rules.refused(protocol ?? 'unknown', 'session_foreign_topic');
      link.cutOff('session_foreign_topic');
      done(ENDED);
      return;
    }
    if (packet.qos === 0) this.#rules.unacknowledged();
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    this.#store(link, protocol, payload, done);
  }

  /** The protocol whose frames a client publishes under a topic of its own; `null` where it is none. */
  #protocolOf({ ident }: Link, topic: string): string | null {
    const told = topic.length > this.#rules.topicBytes ? null : parseTopic(topic);
    return told !== null && told.ident === ident && this.#rules.protocols.includes(told.protocol) ? told.protocol : null;
  }

  #store(link: Link, protocol: string, payload: Uint8Array, done: Done): void {
    link.publish(protocol, payload, (outcome) => this.#settle(link, protocol, outcome, done));
  }

  #settle(link: Link, protocol: string, outcome: ParcelOutcome, done: Done): void {
    switch (outcome.kind) {
      case 'durable':
        if (link.wantsReplies) for (const reply of outcome.replies) this.#reply(link, protocol, reply);
        done();
        return;
      case 'withheld':
      case 'turned-away':
        link.cutOff(outcome.code);
        break;
      case 'lost':
        link.cutOff('spool_io');
        break;
    }
    done(ENDED);
  }

  #reply(link: Link, protocol: string, reply: Uint8Array): void {
    link.sent(protocol, reply);
    const payload = Buffer.from(reply);
    // QoS 0: the PUBACK is the ack, and a reply that gets lost is not asked for again.
    const packet = {
      cmd: 'publish',
      topic: replyTopic(link.ident ?? '', protocol),
      payload,
      qos: 0,
      dup: false,
      retain: false,
    } as const;
    super.publish(packet, () => undefined);
  }

  #grant(client: Client, subscription: Subscription): Subscription | null {
    const link = this.#rules.linkOf(client);
    if (link === undefined || link.ident === null) return null;
    const { topic } = subscription;
    if (topic.length > this.#rules.topicBytes || !isOwnFilter(topic, link.ident, this.#rules.protocols)) {
      this.#rules.refused('unknown', 'session_foreign_topic');
      return null;
    }
    if (!link.subscriptions.has(topic) && link.subscriptions.size >= this.#rules.subscriptions) {
      this.#rules.refused('unknown', 'session_subscriptions');
      return null;
    }
    link.subscriptions.add(topic);
    link.wantsReplies = true;
    return subscription;
  }

  /** aedes has cut a client off; its error is told by its text alone. */
  #fail(client: Client, error: Error & { code?: string }): void {
    const link = this.#rules.linkOf(client);
    if (link === undefined || error === ENDED) return;
    if (/did not arrive in time/.test(error.message)) link.reason ??= 'session_login_timeout';
    else if (error.code === undefined || error.code.startsWith('WS_ERR')) link.reason ??= 'session_malformed';
    else link.reason ??= 'session_reset';
  }
}

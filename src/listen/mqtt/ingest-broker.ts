import type { IConnectPacket, ISubscribePacket, IUnsubscribePacket, Packet } from 'mqtt-packet';
import type { ErrorCode } from '#errors/codes';
import type { MqttLogin } from './credentials.ts';
import type { Link } from './link.ts';
import {
  ACK,
  ack,
  connack,
  isPublish,
  NOT_GRANTED,
  PINGRESP,
  publishParts,
  readPacket,
  RETURN_CODE,
  suback,
  unsuback,
} from './packets.ts';
import { isOwnFilter, parseTopic } from './topics.ts';

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
  /** Gives the device a login proves, `null` where it proves none. */
  identify(login: MqttLogin): string | null;
  /** Says whether a device is on the list of those that may come in. */
  allows(ident: string): boolean;
  /** A device has logged in. False refuses it: another connection of it is there, and stays. */
  arrived(link: Link): boolean;
  /** A publish or a subscription went no further, for this reason. */
  refused(protocol: string, code: ErrorCode): void;
  /** A publish came with QoS 0: nothing will tell the device that it is safe. */
  unacknowledged(): void;
}

/** First byte of what acknowledges a publish, by its QoS. */
const ACK_OF_QOS = [0, ACK.puback, ACK.pubrec] as const;
/**
 * An MQTT broker without subscribers: what devices publish goes to the spool, and to nobody else. A PUBACK or PUBREC follows the receipt.
 * Nothing is kept between connections: no session, no offline queue, no will, no retained message; nor between PUBREC and PUBREL, since what
 * comes twice is stored once.
 */
export class IngestBroker {
  readonly #rules: IngestRules;

  constructor(rules: IngestRules) {
    this.#rules = rules;
  }

  /** Takes a whole packet of a client. Its bytes are borrowed. */
  take(link: Link, bytes: Uint8Array, from: number, end: number): void {
    if (link.isIn && isPublish(bytes[from] as number)) {
      this.#publish(link, bytes, from, end);
      return;
    }
    const packet = readPacket(bytes.subarray(from, end));
    if (packet === null) link.cutOff('session_malformed');
    else if (link.isIn) this.#control(link, packet);
    else if (packet.cmd === 'connect') this.#connect(link, packet);
    else link.cutOff('session_malformed');
  }

  #publish(link: Link, bytes: Uint8Array, from: number, end: number): void {
    const parts = publishParts(bytes, from, end);
    if (parts === null) {
      link.cutOff('session_malformed');
      return;
    }
    const { qos, topicFrom, topicEnd, payloadFrom } = parts;
    const protocol = protocolAt(link, bytes, topicFrom, topicEnd) ?? this.#learn(link, bytes.subarray(topicFrom, topicEnd));
    if (protocol === null) return;
    if (qos === 0) this.#rules.unacknowledged();
    const id = qos === 0 ? 0 : ((bytes[topicEnd] as number) << 8) | (bytes[topicEnd + 1] as number);
    link.publish(protocol, bytes.subarray(payloadFrom, end), { ack: ACK_OF_QOS[qos], id });
  }

  /** The protocol of a topic that is one of the client's own; it is cut off where that is none. */
  #learn(link: Link, topic: Uint8Array): string | null {
    const told = topic.length > this.#rules.topicBytes ? null : parseTopic(Buffer.from(topic).toString());
    const protocol = told !== null && this.#rules.protocols.includes(told.protocol) ? told.protocol : null;
    if (protocol === null || told?.ident !== link.ident) {
      this.#rules.refused(protocol ?? 'unknown', 'session_foreign_topic');
      link.cutOff('session_foreign_topic');
      return null;
    }
    link.topic = { bytes: topic.slice(), protocol };
    return protocol;
  }

  #control(link: Link, packet: Packet): void {
    switch (packet.cmd) {
      case 'pubrel':
        link.send(ack(ACK.pubcomp, packet.messageId ?? 0));
        break;
      case 'subscribe':
        this.#subscribe(link, packet);
        break;
      case 'unsubscribe':
        this.#unsubscribe(link, packet);
        break;
      case 'pingreq':
        link.send(PINGRESP);
        break;
      case 'disconnect':
        link.leave();
        break;
      // Of what the gateway publishes nothing asks for an ack.
      case 'puback':
      case 'pubrec':
      case 'pubcomp':
        break;
      case 'connect':
      case 'connack':
      case 'publish':
      case 'suback':
      case 'unsuback':
      case 'pingresp':
      case 'auth':
      default:
        link.cutOff('session_malformed');
    }
  }

  /** Lets a client in, or says why not. Its client id means nothing: nobody can take another's place by it. */
  #connect(link: Link, { username, password, protocolVersion, keepalive = 0 }: IConnectPacket): void {
    const { certificateName } = link;
    if (protocolVersion === 5) {
      this.#turnAway(link, 'session_malformed', RETURN_CODE.version);
      return;
    }
    const ident = this.#rules.identify({ username, password, certificateName });
    if (ident === null) this.#turnAway(link, 'session_credentials', RETURN_CODE.login);
    else if (!this.#rules.allows(ident)) this.#turnAway(link, 'session_not_allowed', RETURN_CODE.login);
    else {
      link.ident = ident;
      if (!this.#rules.arrived(link)) this.#turnAway(link, 'session_taken', RETURN_CODE.notAuthorized);
      else {
        link.enter(keepalive);
        link.send(connack(RETURN_CODE.accepted));
      }
    }
  }

  #turnAway(link: Link, code: ErrorCode, returnCode: number): void {
    link.send(connack(returnCode));
    link.cutOff(code);
  }

  #subscribe(link: Link, { subscriptions, messageId = 0 }: ISubscribePacket): void {
    const grants = subscriptions.map(({ topic, qos }) => (this.#grants(link, topic) ? qos : NOT_GRANTED));
    link.send(suback(messageId, grants));
  }

  #grants(link: Link, filter: string): boolean {
    const { topicBytes, subscriptions, protocols } = this.#rules;
    if (link.ident === null || filter.length > topicBytes || !isOwnFilter(filter, link.ident, protocols)) {
      this.#rules.refused('unknown', 'session_foreign_topic');
      return false;
    }
    link.subscriptions ??= new Set();
    if (!link.subscriptions.has(filter) && link.subscriptions.size >= subscriptions) {
      this.#rules.refused('unknown', 'session_subscriptions');
      return false;
    }
    link.subscriptions.add(filter);
    return true;
  }

  #unsubscribe(link: Link, { unsubscriptions, messageId = 0 }: IUnsubscribePacket): void {
    for (const filter of unsubscriptions) link.subscriptions?.delete(filter);
    link.send(unsuback(messageId));
  }
}

/** The protocol of the topic in `[from, end)` where the client has published under it last: most have but one. */
function protocolAt({ topic }: Link, bytes: Uint8Array, from: number, end: number): string | null {
  if (topic === null || topic.bytes.length !== end - from) return null;
  for (let i = 0; i < topic.bytes.length; i++) if (topic.bytes[i] !== bytes[from + i]) return null;
  return topic.protocol;
}

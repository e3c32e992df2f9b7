import type { IClientOptions } from 'mqtt';
import type { ErrorCode } from '#errors/codes';
import type { ParcelSession } from '../parcel-session.ts';
import type { Valve } from '../tcp.ts';
import { BrokerLink } from './broker-link.ts';
import { topicRule, type TopicFacts } from './topic-rule.ts';
import type { WatchedAccess } from './watched-access.ts';

export interface MqttSubscriberOptions {
  name: string;
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  url: string;
  /** Rules as `topicRule` reads them. */
  topics: readonly string[];
  /** Gateways of one group divide the messages among themselves; `null` where the subscription is not shared. */
  group: string | null;
  connections: number;
  /** Names this gateway's sessions at the broker, with a number behind it. */
  clientId: string;
  protocolVersion: '3.1.1' | '5';
  /** How long the broker keeps a session without its connection, ms; MQTT 5 only. */
  sessionExpiryMs: number;
  access: Pick<WatchedAccess, 'current' | 'onChange' | 'close'>;
  valve: Valve;
  /** See `BrokerLinkOptions`. */
  open(sender: TopicFacts & { peerName: string }): ParcelSession | null;
  /** A connection was made or has ended, for this reason where it was not orderly. */
  opened(): void;
  closed(code: ErrorCode | null): void;
  /** The broker cannot be used; told once until it can. */
  failed(error: Error | null): void;
  refused(protocol: string, code: ErrorCode): void;
  unacknowledged(): void;
}

const KEEPALIVE_S = 60;
const CONNECT_TIMEOUT_MS = 10_000;
/** Messages the broker may send ahead of the acks of one connection, with MQTT 5. */
const RECEIVE_MAXIMUM = 100;

/** A subscription to a broker elsewhere, which may be shared with other gateways. A message is acknowledged when it is durable here. */
export class MqttSubscriber {
  readonly name: string;
  /** Nothing is bound. */
  readonly port = 0;
  readonly #links: BrokerLink[];
  readonly #offAccepting: () => void;
  readonly #access: MqttSubscriberOptions['access'];
  #failing = false;

  /** Begins to connect, and goes on trying until it is closed. */
  constructor(options: MqttSubscriberOptions) {
    this.name = options.name;
    this.#access = options.access;
    const rules = options.topics.map(topicRule);
    const { group } = options;
    const filters = rules.map(({ filter }) => (group === null ? filter : `$share/${group}/${filter}`));
    const peerName = new URL(options.url).host;
    this.#links = Array.from(
      { length: options.connections },
      (_, index) =>
        new BrokerLink({
          url: options.url,
          client: clientOptions(options, index),
          access: () => options.access.current,
          filters,
          rules,
          open: (topic) => options.open({ peerName, ...topic }),
          connected: () => {
            this.#failing = false;
            options.opened();
          },
          lost: (code, error) => this.#lost(options, code, error),
          refused: (protocol, code) => options.refused(protocol, code),
          unacknowledged: () => options.unacknowledged(),
        }),
    );
    options.access.onChange(() => {
      for (const link of this.#links) link.renew();
    });
    this.#offAccepting = options.valve.onAccepting((accepting) => {
      if (accepting) for (const link of this.#links) link.resume();
    });
  }

  /** Connections to the broker that are up. */
  get connections(): number {
    return this.#links.filter(({ isConnected }) => isConnected).length;
  }

  /** Acks owed to the broker. */
  get owed(): number {
    return this.#links.reduce((owed, link) => owed + link.owed, 0);
  }

  /** Takes no more messages. Acks still leave. */
  drain(): void {
    for (const link of this.#links) link.drain();
  }

  /** Ends the connections; the sessions stay at the broker. */
  async close(): Promise<void> {
    this.#offAccepting();
    this.#access.close();
    await Promise.all(this.#links.map((link) => link.close()));
  }

  #lost(options: MqttSubscriberOptions, code: ErrorCode | null, error: Error | null): void {
    options.closed(code);
    if (code === null || this.#failing) return;
    this.#failing = true;
    options.failed(error);
  }
}

function clientOptions(options: MqttSubscriberOptions, index: number): IClientOptions {
  const common: IClientOptions = {
    clientId: `${options.clientId}-${index + 1}`,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepalive: KEEPALIVE_S,
  };
  if (options.protocolVersion === '3.1.1') return { ...common, protocolVersion: 4 };
  const sessionExpiryInterval = Math.ceil(options.sessionExpiryMs / 1_000);
  return { ...common, protocolVersion: 5, properties: { sessionExpiryInterval, receiveMaximum: RECEIVE_MAXIMUM } };
}

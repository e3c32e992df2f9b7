import { connectAsync, type MqttClient } from 'mqtt';
import type { Line, LineEvents, LineOwner, LineSettings, OpenLine } from './line.ts';
import type { Target } from './target.ts';

/** An MQTT client of a device's own (docs/mqtt.md). It listens for the protocol's replies. */
class MqttLine implements Line {
  readonly acknowledges = true;
  readonly #client: MqttClient;
  readonly #topic: string;
  readonly #events: LineEvents;
  #closing = false;

  constructor(client: MqttClient, topic: string, events: LineEvents) {
    this.#client = client;
    this.#topic = topic;
    this.#events = events;
    client.on('message', (_topic, payload) => events.heard(payload));
    client.on('close', () => {
      if (!this.#closing) events.ended('the gateway has closed the connection');
      this.#closing = true;
    });
  }

  async send(bytes: Uint8Array): Promise<void> {
    // Resolves with the PUBACK, or not at all: whoever sends does not wait here.
    void this.#client.publishAsync(this.#topic, Buffer.from(bytes), { qos: 1 }).then(
      () => this.#events.acknowledged(),
      () => undefined,
    );
    await Promise.resolve();
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#client.endAsync(!this.#client.connected);
  }
}

/** Logs devices in at one broker. */
export function mqttLines({ url }: Target, { ca, timeoutMs, username, password }: LineSettings): OpenLine {
  const broker = `${url.protocol}//${url.host}`;
  return async ({ ident, protocol }: LineOwner, events) => {
    if (ident === null || protocol === null) throw new Error('MQTT needs to know the device and its protocol');
    const client = await connectAsync(broker, {
      username: username.replaceAll('{ident}', ident),
      ...(password === null ? {} : { password }),
      ...(ca === null ? {} : { ca }),
      clientId: ident,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: timeoutMs,
    });
    client.on('error', () => undefined);
    const topic = `odograph/v1/${ident}/${protocol}`;
    await client.subscribeAsync(`${topic}/reply`);
    return new MqttLine(client, topic, events);
  };
}

/** Frames as MQTT publishes with QoS 1, acknowledged by their PUBACK. */
import { connect, type MqttClient } from 'mqtt';
import type { Carrier, OutgoingFrame } from './carrier.ts';
import { teltonikaFrame } from './teltonika-frames.ts';

export const MQTT_PASSWORD = 'secret';

/** A device with a session of its own; what it has in flight is sent again by its client when the broker is back. */
export class OverMqtt implements Carrier {
  readonly protocol = 'teltonika';
  readonly transport = 'mqtt';
  connections = 0;
  readonly #client: MqttClient;
  readonly #topic: string;
  #onLeave: () => void = () => undefined;

  constructor(ident: string, url: string, topic = `odograph/v1/${ident}/teltonika`) {
    this.#topic = topic;
    const session = { username: ident, password: MQTT_PASSWORD, clientId: ident, clean: false };
    this.#client = connect(url, { ...session, reconnectPeriod: 50, connectTimeout: 10_000 });
    this.#client.on('connect', () => this.connections++);
    this.#client.on('error', () => undefined);
  }

  encode(frame: OutgoingFrame): Uint8Array {
    return teltonikaFrame(frame);
  }

  hand(bytes: Uint8Array): Promise<boolean> {
    const left = new Promise<boolean>((resolve) => {
      this.#onLeave = () => resolve(false);
    });
    const published = this.#client.publishAsync(this.#topic, Buffer.from(bytes), { qos: 1 }).then(
      (packet) => packet !== undefined,
      () => false,
    );
    return Promise.race([published, left]);
  }

  leave(): void {
    this.#onLeave();
    this.#client.end(true);
  }
}

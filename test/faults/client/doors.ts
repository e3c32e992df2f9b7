/** The doors of a gateway process, at the same ports however often it is started, and what the process is told of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashPassword } from '../../../src/listen/mqtt/credentials.ts';
import type { GatewayProcess } from '../../../src/simulate/gateway-process.ts';
import { freePort } from '../../../src/sink/clickhouse/embedded/endpoint.ts';
import { LISTENERS, type Transport } from './listeners.ts';
import { MQTT_PASSWORD } from './over-mqtt.ts';

export class Doors {
  readonly ports: Readonly<Record<Transport, number>>;
  readonly #mqttIdents: readonly string[];
  readonly #host: string;
  #pushPath = '';

  private constructor(ports: Readonly<Record<Transport, number>>, mqttIdents: readonly string[], host: string) {
    this.ports = ports;
    this.#host = host;
    this.#mqttIdents = mqttIdents;
  }

  /** Chooses free ports. `mqttIdents` may log in to the broker, and devices come to the address `host`. */
  static async choose(mqttIdents: readonly string[], host = '127.0.0.1'): Promise<Doors> {
    const taken = new Set<number>();
    const next = async (): Promise<number> => {
      const port = await quietPort();
      return taken.has(port) ? next() : (taken.add(port), port);
    };
    return new Doors({ tcp: await next(), udp: await next(), mqtt: await next(), http: await next() }, mqttIdents, host);
  }

  /** Settings as `--set` takes them. */
  get settings(): string[] {
    const host = this.#host;
    const { tcp, udp, mqtt, http } = this.ports;
    const passwordHash = hashPassword(MQTT_PASSWORD);
    const credentials = this.#mqttIdents.map((username) => ({ username, passwordHash }));
    const limits = { connectionsPerAddress: 10_000 };
    const listeners = [
      { name: LISTENERS.tcp, host, port: tcp, protocols: ['teltonika', 'astra-telematics'], limits },
      { name: LISTENERS.udp, transport: 'udp', host, port: udp, protocols: ['teltonika'], limits },
      { name: LISTENERS.mqtt, transport: 'mqtt', host, port: mqtt, protocols: ['teltonika'], mqtt: { credentials }, limits },
    ];
    const api = [`api.port=${http}`, 'api.requestsPerMinute=1000000'];
    return [`listeners=${JSON.stringify(listeners)}`, ...api];
  }

  /** Where clouds push, once `openPush` has made the endpoint. */
  get pushUrl(): string {
    return `http://127.0.0.1:${this.ports.http}${this.#pushPath}`;
  }

  /** Makes the endpoint to push to; once in the life of a data folder. */
  async openPush(gateway: GatewayProcess, dataDir: string): Promise<void> {
    const key = readFileSync(join(dataDir, 'admin-key'), 'utf8').trim();
    const response = await fetch(`http://127.0.0.1:${gateway.apiPort}/v1/push-endpoints`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'the cloud', protocol: 'bmw' }),
    });
    const made = (await response.json()) as { path?: string };
    if (made.path === undefined) throw new Error(`no endpoint was made: ${JSON.stringify(made)}`);
    this.#pushPath = made.path;
  }
}

/** Below the ports that Linux gives to whoever connects somewhere: nobody takes it by chance while its gateway is down. */
const QUIET = { from: 15_000, count: 15_000 };

async function quietPort(): Promise<number> {
  for (;;) {
    const wanted = QUIET.from + Math.floor(Math.random() * QUIET.count);
    if ((await freePort(wanted)) === wanted) return wanted;
  }
}

/** Bodies that a cloud pushes, acknowledged by their 2xx. */
import { Agent, request } from 'node:http';
import type { Carrier, OutgoingFrame } from './carrier.ts';

const PATIENCE_MS = 10_000;
const PLACE = 'vehicle.cabin.infotainment.navigation.currentLocation';

/** A cloud that pushes one vehicle in the form of BMW's CarData stream. Each body has one record. */
export class OverHttp implements Carrier {
  readonly protocol = 'bmw';
  readonly transport = 'http';
  connections = 0;
  readonly #vin: string;
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #leaving = new AbortController();

  constructor(vin: string, url: string) {
    this.#vin = vin;
    this.#url = url;
  }

  encode({ records: [record] }: OutgoingFrame): Uint8Array {
    const timestamp = new Date(record?.deviceTime ?? 0).toISOString();
    const { lat, lon, courseDeg } = record?.content ?? {};
    const of = (value: number | undefined): object => ({ value, unit: 'degrees', timestamp });
    const data = { [`${PLACE}.latitude`]: of(lat), [`${PLACE}.longitude`]: of(lon), [`${PLACE}.heading`]: of(courseDeg) };
    return Buffer.from(JSON.stringify({ vin: this.#vin, timestamp, data }));
  }

  hand(bytes: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
      const signal = AbortSignal.any([this.#leaving.signal, AbortSignal.timeout(PATIENCE_MS)]);
      const posted = request(this.#url, { method: 'POST', agent: this.#agent, headers, signal }, (response) => {
        response.on('error', () => resolve(false));
        response.on('end', () => resolve(response.statusCode === 200));
        response.on('close', () => resolve(false));
        response.resume();
      });
      posted.on('error', () => resolve(false));
      posted.on('socket', () => {
        if (!posted.reusedSocket) this.connections++;
      });
      posted.end(bytes);
    });
  }

  leave(): void {
    this.#leaving.abort();
    this.#agent.destroy();
  }
}

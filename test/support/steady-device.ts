import { setTimeout as pause } from 'node:timers/promises';
import { encodeFrame, encodeLogin, type EncodedIo } from '#protocols/teltonika/encode';
import { PlainClient } from './plain-client.ts';
import { until } from './waiting.ts';

const LOGIN_ACK_BYTES = 1;
const ACK_BYTES = 4;
const RECORD_EVERY_MS = 1_000;
/** A number no table names. */
const BALLAST_ELEMENT = 60_000;

/** A Teltonika box that sends one frame after the other and knows which of its records were acknowledged. */
export class SteadyDevice {
  readonly imei: string;
  readonly client: PlainClient;
  /** Device times of the records of each frame sent, in order. */
  readonly #frames: number[][] = [];
  #nextAt: number;
  #sending: Promise<void> | null = null;
  readonly #resting = new AbortController();
  readonly #rested = new Promise<void>((resolve) => {
    this.#resting.signal.addEventListener('abort', () => resolve());
  });

  private constructor(client: PlainClient, imei: string, startsAt: number) {
    this.client = client;
    this.imei = imei;
    this.#nextAt = startsAt;
  }

  /** Connects and logs in. Its records begin at a time, a second apart. */
  static async connect(port: number, imei: string, startsAt = Date.now() - 3_600_000): Promise<SteadyDevice> {
    const client = await PlainClient.connect(port);
    client.say(encodeLogin(imei));
    const device = new SteadyDevice(client, imei, startsAt);
    await client.hear(LOGIN_ACK_BYTES);
    return device;
  }

  /** Device times of all records sent. */
  get sent(): number[] {
    return this.#frames.flat();
  }

  get framesSent(): number {
    return this.#frames.length;
  }

  get framesAcknowledged(): number {
    return Math.floor((this.client.heardBytes - LOGIN_ACK_BYTES) / ACK_BYTES);
  }

  /** Device times of the records acknowledged so far: acks come in the order of the frames. */
  get acknowledged(): number[] {
    return this.#frames.slice(0, this.framesAcknowledged).flat();
  }

  /** Bytes handed to the socket that the kernel has not taken: the gateway does not read. */
  get unsentBytes(): number {
    return this.client.socket.writableLength;
  }

  /** Sends a frame of so many records, of which each carries so many bytes more. Resolves when the kernel has taken it. */
  send(records = 1, ballastBytes = 0): Promise<void> {
    const times = Array.from({ length: records }, (_, i) => this.#nextAt + i * RECORD_EVERY_MS);
    this.#nextAt += records * RECORD_EVERY_MS;
    this.#frames.push(times);
    const io: EncodedIo[] = [[239, 1, 1]];
    if (ballastBytes > 0) io.push([BALLAST_ELEMENT, 'x', new Uint8Array(ballastBytes).fill(0x61)]);
    const frame = encodeFrame({
      codec: ballastBytes > 0 ? '8e' : '8',
      records: times.map((deviceTime, i) => ({
        deviceTime,
        fix: { lat: 40 + i / 1e5, lon: -3, altitudeM: 600, speedKmh: 50, courseDeg: 90, satellites: 9, valid: true },
        io,
      })),
    });
    return new Promise((taken) => void this.client.socket.write(frame, () => taken()));
  }

  /** From here on sends a frame again and again, until `rest`. */
  keepSending(everyMs: number): void {
    this.#sending ??= (async () => {
      while (!this.#resting.signal.aborted && !this.client.ended) {
        await Promise.race([this.send(), this.#rested]);
        await pause(everyMs);
      }
    })();
  }

  /** Sends nothing more. */
  async rest(): Promise<void> {
    this.#resting.abort();
    await this.#sending;
  }

  /** Waits until every frame sent is acknowledged. */
  async allAcknowledged(timeoutMs = 15_000): Promise<void> {
    await until(`${this.imei} has all its acks`, () => this.framesAcknowledged === this.#frames.length, timeoutMs);
  }

  leave(): void {
    this.client.leave();
  }
}

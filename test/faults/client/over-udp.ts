/** Frames as datagrams, each answered by one that names it. */
import { createSocket } from 'node:dgram';
import type { Carrier, OutgoingFrame } from './carrier.ts';
import { teltonikaDatagram } from './teltonika-frames.ts';

/** A device sends again after this long without an answer, ms. */
const PATIENCE_MS = 1_000;

/** A Teltonika device over UDP. */
export class OverUdp implements Carrier {
  readonly protocol = 'teltonika';
  readonly transport = 'udp';
  readonly connections = 1;
  readonly #ident: string;
  readonly #port: number;
  readonly #host: string;
  readonly #socket = createSocket('udp4');
  #onReply: (reply: Buffer) => void = () => undefined;
  #onLeave: () => void = () => undefined;
  #hasLeft = false;

  constructor(ident: string, port: number, host = '127.0.0.1') {
    this.#host = host;
    this.#ident = ident;
    this.#port = port;
    this.#socket.on('message', (reply) => this.#onReply(reply));
    this.#socket.on('error', () => undefined);
  }

  encode(frame: OutgoingFrame): Uint8Array {
    return teltonikaDatagram(this.#ident, frame);
  }

  hand(bytes: Uint8Array, { number, records }: OutgoingFrame): Promise<boolean> {
    const id = number & 0xffff;
    const expected = Buffer.of(0, 5, id >> 8, id & 0xff, 1, number & 0xff, records.length);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), PATIENCE_MS);
      const settle = (acknowledged: boolean): void => {
        clearTimeout(timer);
        resolve(acknowledged);
      };
      this.#onReply = (reply) => {
        if (reply.equals(expected)) settle(true);
      };
      this.#onLeave = () => settle(false);
      this.#socket.send(bytes, this.#port, this.#host, () => undefined);
    });
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#onLeave();
    this.#socket.close();
  }
}

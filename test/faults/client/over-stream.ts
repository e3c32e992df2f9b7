/** Frames over TCP and TLS, each answered over the connection it came on. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encodeLogin } from '#protocols/teltonika/encode';
import { encodeX } from '#protocols/astra-telematics/encode';
import type { Carrier, OutgoingFrame } from './carrier.ts';
import { Heard } from './heard.ts';
import { teltonikaFrame } from './teltonika-frames.ts';

/** How long a device waits for an acknowledgement before it connects anew, ms. */
const PATIENCE_MS = 10_000;

/** What a device says on a stream, and what it expects to hear. */
interface StreamLanguage {
  protocol: string;
  login: { bytes: Uint8Array; reply: Uint8Array } | null;
  encode(frame: OutgoingFrame): Uint8Array;
  acknowledgement(frame: OutgoingFrame): Uint8Array;
}

export function teltonikaLanguage(ident: string): StreamLanguage {
  return {
    protocol: 'teltonika',
    login: { bytes: encodeLogin(ident), reply: Uint8Array.of(1) },
    encode: teltonikaFrame,
    acknowledgement: ({ records }) => Uint8Array.of(0, 0, 0, records.length),
  };
}

/** Astra Telematics protocol X. It knows no frame that is acknowledged and ends in quarantine. */
export function astraLanguage(ident: string): StreamLanguage {
  return {
    protocol: 'astra-telematics',
    login: null,
    encode: ({ records }) =>
      encodeX({
        imei: ident,
        reports: records.map(({ number, deviceTime, content }) => {
          const { lat = 0, lon = 0, speedKmh = 0, courseDeg = 0, altitudeM = 0 } = content;
          const fix = { fixTime: deviceTime, lat, lon, speedKmh, maxSpeedKmh: speedKmh, courseDeg, altitudeM, journeyKm: 1 };
          return { sequence: number & 0xff, deviceTime, status: { ignition: true }, modules: { gnss: fix } };
        }),
      }),
    acknowledgement: () => Uint8Array.of(0x06),
  };
}

export interface StreamPlace {
  host?: string;
  port: number;
  /** Certificate of the authority, where the listener speaks TLS. */
  ca?: Buffer;
}

/** A device on a connection that is made anew whenever an acknowledgement stays out or is another than expected. */
export class OverStream implements Carrier {
  readonly protocol: string;
  readonly transport: string;
  connections = 0;
  readonly #language: StreamLanguage;
  readonly #place: StreamPlace;
  #socket: Socket | null = null;
  #heard = new Heard();

  constructor(language: StreamLanguage, place: StreamPlace) {
    this.#language = language;
    this.#place = place;
    this.protocol = language.protocol;
    this.transport = place.ca === undefined ? 'tcp' : 'tls';
  }

  encode(frame: OutgoingFrame): Uint8Array {
    return this.#language.encode(frame);
  }

  async hand(bytes: Uint8Array, frame: OutgoingFrame): Promise<boolean> {
    const { login } = this.#language;
    if (this.#socket === null) {
      if (!(await this.#open())) return false;
      if (login !== null && !(await this.#exchange(login.bytes, login.reply))) return false;
    }
    return this.#exchange(bytes, this.#language.acknowledgement(frame));
  }

  leave(): void {
    this.#socket?.destroy();
    this.#socket = null;
    this.#heard.end();
  }

  async #exchange(bytes: Uint8Array, expected: Uint8Array): Promise<boolean> {
    this.#socket?.write(bytes);
    const reply = await this.#heard.take(expected.length, PATIENCE_MS);
    if (reply !== null && reply.equals(expected)) return true;
    this.leave();
    return false;
  }

  #open(): Promise<boolean> {
    const { host = '127.0.0.1', port, ca } = this.#place;
    const place = { host, port };
    const socket =
      ca === undefined ? connectTcp({ ...place, noDelay: true }) : connectTls({ ...place, ca, servername: 'gateway.test' });
    const heard = new Heard();
    socket.on('data', (chunk: Buffer) => heard.add(chunk));
    socket.on('error', () => undefined);
    return new Promise((resolve) => {
      socket.on('close', () => {
        heard.end();
        if (this.#socket === socket) this.#socket = null;
        resolve(false);
      });
      socket.once(ca === undefined ? 'connect' : 'secureConnect', () => {
        this.connections++;
        this.#socket = socket;
        this.#heard = heard;
        resolve(true);
      });
    });
  }
}

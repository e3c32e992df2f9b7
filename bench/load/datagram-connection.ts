/** One device of the load generator that sends datagrams: what is not acknowledged within a second, it sends again. */
import { createSocket, type Socket } from 'node:dgram';
import { encodeDatagram } from '../../protocols/teltonika/encode.ts';
import { TeltonikaFrames, type FrameOptions } from './teltonika-frames.ts';

export interface DatagramOptions extends FrameOptions {
  host: string;
  port: number;
  localAddress: string;
  acknowledged(connection: DatagramConnection, since: number): void;
  resent(): void;
  lost(why: string): void;
}

const RESEND_MS = 1_000;
/** Times a datagram is sent before the connection is held to be lost. */
const TRIES = 10;
// length u16 · packet id u16 · 01 · avl packet id u8 · imei length u16 · imei 15 · payload, which is a frame without its envelope
const PACKET_ID_AT = 2;
const AVL_ID_AT = 5;
const PAYLOAD_AT = 23;
const FRAME_HEAD_BYTES = 8;
const FRAME_TAIL_BYTES = 4;
const ANSWER_BYTES = 7;

export class DatagramConnection {
  sent = 0;
  done = 0;
  readonly due: number[] = [];
  readonly #options: DatagramOptions;
  readonly #socket: Socket;
  readonly #frames: TeltonikaFrames;
  readonly #datagram: Buffer;
  #since = 0;
  #sentAt = 0;
  #tries = 0;
  #isLost = false;

  private constructor(options: DatagramOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    this.#frames = new TeltonikaFrames(options);
    const frameBytes = this.#frames.bytes;
    this.#datagram = Buffer.alloc(PAYLOAD_AT + frameBytes - FRAME_HEAD_BYTES - FRAME_TAIL_BYTES);
    Buffer.from(encodeDatagram(this.#frames.ident, 0, 0, { codec: '8e', records: [] })).copy(this.#datagram, 0, 0, PAYLOAD_AT);
    this.#datagram.writeUInt16BE(this.#datagram.length - 2, 0);
    socket.on('message', (answer) => this.#read(answer));
    socket.on('error', (error) => this.#lose(error.message));
  }

  static async open(options: DatagramOptions): Promise<DatagramConnection> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => void socket.bind(0, options.localAddress, resolve));
    await new Promise<void>((resolve) => socket.connect(options.port, options.host, resolve));
    return new DatagramConnection(options, socket);
  }

  get canSend(): boolean {
    return !this.#isLost && this.sent === this.done;
  }

  get isIdle(): boolean {
    return this.#isLost || this.sent === this.done;
  }

  send(since: number): void {
    this.#since = since;
    const number = this.sent++;
    this.#frames.next().copy(this.#datagram, PAYLOAD_AT, FRAME_HEAD_BYTES, this.#frames.bytes - FRAME_TAIL_BYTES);
    this.#datagram.writeUInt16BE(number & 0xffff, PACKET_ID_AT);
    this.#datagram[AVL_ID_AT] = number & 0xff;
    this.#tries = 0;
    this.#send();
  }

  /** Sends again what waits for too long. To be called now and then. */
  checkWait(now: number): void {
    if (this.isIdle || now - this.#sentAt < RESEND_MS) return;
    if (this.#tries >= TRIES) this.#lose(`no answer to ${TRIES} datagrams`);
    else {
      this.#options.resent();
      this.#send();
    }
  }

  close(): void {
    this.#isLost = true;
    this.#socket.close();
  }

  #send(): void {
    this.#tries++;
    this.#sentAt = performance.now();
    this.#socket.send(this.#datagram);
  }

  #read(answer: Buffer): void {
    const { recordsPerFrame } = this.#options;
    const isMine =
      answer.length === ANSWER_BYTES &&
      answer.readUInt16BE(PACKET_ID_AT) === this.#datagram.readUInt16BE(PACKET_ID_AT) &&
      answer[AVL_ID_AT] === this.#datagram[AVL_ID_AT];
    // The answer to a datagram that was sent again comes twice.
    if (!isMine || this.isIdle) return;
    if (answer[ANSWER_BYTES - 1] !== recordsPerFrame) {
      this.#lose(`${answer[ANSWER_BYTES - 1]} records acknowledged of ${recordsPerFrame}`);
      return;
    }
    this.done++;
    this.#options.acknowledged(this, this.#since);
  }

  #lose(why: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#options.lost(why);
  }
}

/** One TCP connection of the load generator, whatever is spoken over it. */
import { connect, type Socket } from 'node:net';
import type { Talk } from './talk.ts';

export interface StreamOptions {
  host: string;
  port: number;
  localAddress: string;
  talk: Talk;
  window: number;
  /** A frame is acknowledged. */
  acknowledged(connection: StreamConnection, since: number): void;
  lost(why: string): void;
}

/** What all connections read into: it is read before the next one is. */
const INCOMING = Buffer.alloc(64 * 1024);

export class StreamConnection {
  sent = 0;
  done = 0;
  readonly due: number[] = [];
  readonly #options: StreamOptions;
  readonly #socket: Socket;
  readonly #opened: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Since when the frames wait that are on their way, in a ring. */
  readonly #since: Float64Array;
  /** What has come of the next answer. */
  #rest: Buffer | null = null;
  #isOpen = false;
  #isLost = false;

  private constructor(options: StreamOptions) {
    const { host, port, localAddress } = options;
    this.#options = options;
    this.#since = new Float64Array(options.window);
    const onread = {
      buffer: INCOMING,
      callback: (bytes: number): boolean => {
        this.#read(bytes);
        return true;
      },
    };
    this.#socket = connect({ host, port, localAddress, noDelay: true, onread });
    this.#socket.on('error', (error) => this.#lose(error.message));
    this.#socket.on('close', () => this.#lose('closed'));
    this.#socket.on('connect', () => {
      const { hello } = options.talk;
      if (hello === null) this.#enter();
      else this.#socket.write(hello);
    });
  }

  /** Connects and logs in. */
  static async open(options: StreamOptions): Promise<StreamConnection> {
    const connection = new StreamConnection(options);
    await connection.#opened.promise;
    return connection;
  }

  get canSend(): boolean {
    return !this.#isLost && this.sent - this.done < this.#since.length;
  }

  get isIdle(): boolean {
    return this.#isLost || this.sent === this.done;
  }

  send(since: number): void {
    this.#since[this.sent++ % this.#since.length] = since;
    this.#socket.write(this.#options.talk.next());
  }

  close(): void {
    this.#isLost = true;
    this.#socket.destroy();
  }

  #read(bytes: number): void {
    const { talk } = this.#options;
    let [from, to, incoming] = [0, bytes, INCOMING];
    if (this.#rest !== null) {
      incoming = Buffer.concat([this.#rest, INCOMING.subarray(0, bytes)]);
      to = incoming.length;
      this.#rest = null;
    }
    try {
      if (!this.#isOpen) from = this.#welcome(incoming, to);
      while (this.#isOpen && from < to) {
        const taken = talk.ack(incoming, from, to);
        if (taken === 0) break;
        if (this.done === this.sent) throw new Error('an ack that nothing waits for');
        from += taken;
        this.#options.acknowledged(this, this.#since[this.done++ % this.#since.length] as number);
      }
    } catch (error) {
      this.#lose(String(error));
      this.#socket.destroy();
      return;
    }
    if (from < to) this.#rest = Buffer.from(incoming.subarray(from, to));
  }

  /** Reads the answer to the login; gives the bytes it has. */
  #welcome(incoming: Buffer, to: number): number {
    const { begins, bytes } = this.#options.talk.welcome;
    if (to < bytes) return 0;
    if (!incoming.subarray(0, begins.length).equals(begins)) throw new Error(`not let in: ${incoming.toString('hex', 0, to)}`);
    this.#enter();
    return bytes;
  }

  #enter(): void {
    this.#isOpen = true;
    this.#opened.resolve();
  }

  #lose(why: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#options.lost(why);
    this.#opened.reject(new Error(why));
  }
}

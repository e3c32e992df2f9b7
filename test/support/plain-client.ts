import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './waiting.ts';

/** A TCP client that stays: it says what it is told to and keeps what it hears. */
export class PlainClient {
  readonly socket: Socket;
  #parts: Buffer[] = [];
  #length = 0;
  #ended = false;
  #closed = false;
  #error: string | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#parts.push(chunk);
      this.#length += chunk.length;
    });
    socket.on('end', () => (this.#ended = true));
    socket.on('close', () => (this.#closed = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.#error = error.code ?? error.message));
  }

  static async connect(port: number): Promise<PlainClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    const client = new PlainClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** All bytes heard so far. */
  get heard(): Buffer {
    return Buffer.concat(this.#parts);
  }

  get heardBytes(): number {
    return this.#length;
  }

  /** The gateway has ended its side, or the connection is gone. */
  get ended(): boolean {
    return this.#ended || this.#closed;
  }

  /** Why the connection broke, as the operating system calls it; `null` where it did not. */
  get error(): string | null {
    return this.#error;
  }

  /** This end of the connection, as the gateway names its peer. */
  get name(): string {
    return `${this.socket.localAddress}:${this.socket.localPort}`;
  }

  say(...chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.socket.write(chunk);
  }

  /** Says one byte after the other, each handed to the kernel before the next. */
  async sayByteByByte(bytes: Uint8Array): Promise<void> {
    for (let i = 0; i < bytes.length && !this.#closed; i++) {
      await new Promise((written) => void this.socket.write(bytes.subarray(i, i + 1), written));
    }
  }

  /** Closes the sending side, and resolves with all that was heard when the gateway has closed the other. */
  async finish(timeoutMs = 15_000): Promise<Buffer> {
    this.socket.end();
    await until('the gateway closes the connection', () => this.ended, timeoutMs);
    return this.heard;
  }

  /** Waits until so many bytes were heard in all. */
  async hear(bytes: number, timeoutMs = 15_000): Promise<Buffer> {
    await until(`${bytes} bytes are heard (${this.name})`, () => this.#length >= bytes, timeoutMs);
    return this.heard;
  }

  leave(): void {
    this.socket.destroy();
  }
}

import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What happens to connections: bytes go on as they come; each in a write of its own; everything a while later; the connection is reset
 * somewhere in the middle; or nothing goes on any more and nobody is told, as when a device loses its network.
 */
export type LinkMood = 'smooth' | 'byte by byte' | 'late' | 'resetting' | 'dead';

/** Bytes after which a connection is reset, at most. */
const RESET_WITHIN_BYTES = 1_500;

/** An address under which a TCP server is reached over a network that is rougher than the loopback. */
export class RoughLink {
  mood: LinkMood = 'smooth';
  /** Delay each way while it is late, ms. */
  delayMs = 100;
  resets = 0;
  readonly #server: Server;
  readonly #toPort: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();

  private constructor(server: Server, toPort: number) {
    this.#server = server;
    this.#toPort = toPort;
    server.on('connection', (outer) => this.#join(outer));
  }

  static async to(port: number): Promise<RoughLink> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return new RoughLink(server, port);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes their network away from all that are connected: they are told that the connection is gone, the server is not. */
  abandon(): void {
    for (const [outer, inner] of this.#pairs) {
      outer.unpipe(inner);
      outer.removeAllListeners();
      outer.on('error', () => undefined);
      outer.destroy();
      inner.resume();
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => void this.#server.close(resolve));
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await closed;
  }

  #join(outer: Socket): void {
    const inner = connect({ port: this.#toPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const pair = [outer, inner] as const;
    this.#pairs.add(pair);
    let left = Math.ceil(Math.random() * RESET_WITHIN_BYTES);
    const reset = (): void => {
      this.resets++;
      for (const socket of pair) socket.resetAndDestroy();
    };
    for (const [from, to] of [pair, [inner, outer] as const]) {
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
      from.on('end', () => to.end());
      let before = Promise.resolve();
      const carry = async (chunk: Buffer, mood: LinkMood): Promise<void> => {
        if (mood === 'dead' || to.destroyed) return;
        if (mood === 'late') await pause(this.delayMs);
        if (mood === 'resetting' && (left -= chunk.length) <= 0) {
          to.write(chunk.subarray(0, chunk.length >> 1));
          await pause(1);
          reset();
        } else await (mood === 'byte by byte' ? writeEach(to, chunk) : write(to, chunk));
      };
      from.on('data', (chunk: Buffer) => {
        const { mood } = this;
        before = before.then(() => carry(chunk, mood));
      });
    }
  }
}

function write(to: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => void to.write(bytes, () => resolve()));
}

async function writeEach(to: Socket, bytes: Uint8Array): Promise<void> {
  for (let i = 0; i < bytes.length; i++) await write(to, bytes.subarray(i, i + 1));
}

import { connect } from 'node:net';

/** What a plain client saw of one connection. */
export interface Exchange {
  /** All bytes the gateway sent. */
  received: Buffer;
  /** True where the gateway ended the connection before the client did. */
  closedByGateway: boolean;
}

export interface ExchangeOptions {
  host?: string;
  port: number;
  /** Written one after the other, each in a packet of its own. */
  chunks: readonly Uint8Array[];
  /** Bytes of answer to wait for. */
  expect: number;
  /** Longest wait, ms. */
  withinMs?: number;
  /** Keep listening this long after the expected bytes, to see that nothing more comes, ms. */
  lingerMs?: number;
}

/** Connects, writes the chunks and collects what comes back, as any client of the protocol could. */
export function exchange(options: ExchangeOptions): Promise<Exchange> {
  const { host = '127.0.0.1', port, chunks, expect, withinMs = 10_000, lingerMs = 0 } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const parts: Buffer[] = [];
    let length = 0;
    let closedByGateway = false;
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ received: Buffer.concat(parts), closedByGateway });
    };
    const timer = setTimeout(finish, withinMs);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') {
        clearTimeout(timer);
        reject(error);
      }
    });
    socket.on('data', (chunk: Buffer) => {
      parts.push(chunk);
      length += chunk.length;
      if (length >= expect) setTimeout(finish, lingerMs);
    });
    socket.on('close', () => {
      closedByGateway = true;
      finish();
    });
    socket.on('connect', () => {
      void (async () => {
        for (const chunk of chunks) {
          if (socket.destroyed) return;
          await new Promise((written) => void socket.write(chunk, written));
        }
      })();
    });
  });
}

import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../../src/sink/clickhouse/embedded/endpoint.ts';

/**
 * What happens to requests: they are passed on; taken and never answered; or passed on, and the connection cut before the answer, or
 * the answer kept back for ever.
 */
export type RelayMood = 'open' | 'silent' | 'cutting' | 'mute';

/**
 * An address under which a real ClickHouse is reached, and which a test can make unreachable: to the gateway it is a server of
 * the operator's own.
 */
export class ClickHouseRelay {
  mood: RelayMood = 'open';
  /** Requests whose answer was cut off. */
  cut = 0;
  /** Inserts that were done, and whose answer was kept back. */
  muted = 0;
  /** Requests taken that nobody will ever answer. */
  swallowed = 0;
  readonly port: number;
  #endpoint: Endpoint | null;
  #server: Server;

  private constructor(server: Server, endpoint: Endpoint | null) {
    this.#server = server;
    this.#endpoint = endpoint;
    this.port = (server.address() as AddressInfo).port;
    server.on('request', (incoming, answer) => this.#pass(incoming, answer));
  }

  /** Listens on a free port. Without an endpoint behind it, it can only be silent. */
  static async start(endpoint: Endpoint | null): Promise<ClickHouseRelay> {
    const server = createServer();
    await listen(server, 0);
    return new ClickHouseRelay(server, endpoint);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** From here on connections are refused, and those there are end. */
  async shut(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Takes connections again. */
  async reopen(): Promise<void> {
    await listen(this.#server, this.port);
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    if (this.mood === 'silent' || this.#endpoint === null) {
      this.swallowed++;
      return;
    }
    const isInsert = incoming.url?.includes('INSERT') === true;
    const onward = request(
      this.#endpoint.url + (incoming.url ?? '/'),
      { method: incoming.method ?? 'GET', headers: { ...incoming.headers, ...this.#endpoint.headers } },
      (response) => {
        if (this.mood === 'cutting' && isInsert) {
          this.cut++;
          response.resume();
          incoming.socket.destroy();
          return;
        }
        if (this.mood === 'mute' && isInsert) {
          this.muted++;
          response.resume();
          return;
        }
        answer.writeHead(response.statusCode ?? 500, response.headers);
        response.pipe(answer);
      },
    );
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

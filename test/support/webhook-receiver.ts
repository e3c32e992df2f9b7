import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { until } from './waiting.ts';

/** A delivery as its receiver sees it. */
export interface Received {
  id: string;
  timestamp: string;
  signature: string;
  headers: IncomingHttpHeaders;
  path: string;
  /** As it came. */
  body: string;
}

/** What a receiver does with a delivery: it answers, or behaves badly. */
export type Behaviour = (response: ServerResponse, received: Received, request: IncomingMessage) => void;

export const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end(body);
/** Never answers. */
export const hanging: Behaviour = () => undefined;
/** Breaks the connection off. */
export const closing: Behaviour = (response) => void response.socket?.destroy();

/** A company's own server, for tests: it keeps what comes, and behaves as it is told. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  /** What happens to the next ones, one after the other; then `behaviour`. */
  readonly next: Behaviour[] = [];
  behaviour: Behaviour = answering(204);
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#take(request, response));
  }

  static async open({
    host = '127.0.0.1',
    tls,
  }: { host?: string; tls?: { cert: string; key: string } } = {}): Promise<WebhookReceiver> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const receiver = new WebhookReceiver(server);
    server.listen(0, host);
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Its address at a path, under which it can be told apart from others of the same receiver. */
  url(path = '/', host = '127.0.0.1'): string {
    return `http://${host}:${this.port}${path}`;
  }

  /** Types, and statuses after the change, of what came, in order. */
  get statuses(): string[] {
    return this.received.map(({ body }) => {
      const { type, data } = JSON.parse(body) as { type: string; data: { transition?: { to: string } } };
      return data.transition?.to ?? type;
    });
  }

  /** Waits for so many deliveries. */
  async heard(count: number): Promise<Received[]> {
    await until(`${count} deliveries come, not ${this.received.length}`, () => this.received.length >= count, 40_000);
    return this.received;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, url = '' } = request;
    const body = await text(request);
    const header = (name: string): string => String(headers[name] ?? '');
    const received = {
      id: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signature: header('webhook-signature'),
      headers,
      path: url,
      body,
    };
    this.received.push(received);
    (this.next.shift() ?? this.behaviour)(response, received, request);
  }
}

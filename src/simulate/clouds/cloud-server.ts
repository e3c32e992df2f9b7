/** A stand-in for the cloud of a provider: answers as its documentation says, on a free port of the loopback address. */
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTls, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/** What was asked. */
export interface CloudRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** JSON, or the fields of a form; `undefined` where there is none. */
  body: unknown;
  /** Common name of the client's certificate; `null` where it showed none. */
  client: string | null;
}

export interface CloudAnswer {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** How a cloud answers; `undefined` for what it does not have. */
export type CloudHandler = (request: CloudRequest) => CloudAnswer | undefined;

export interface CloudServerOptions {
  port?: number;
  /** Speaks TLS with these. */
  tls?: ServerOptions;
}

export class CloudServer {
  readonly url: string;
  /** All that was asked, in order. */
  readonly requests: CloudRequest[] = [];
  /** Time each answer takes, ms. */
  latencyMs = 0;
  readonly #server: Server;
  readonly #planned: CloudAnswer[] = [];

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(handler: CloudHandler, { port = 0, tls }: CloudServerOptions = {}): Promise<CloudServer> {
    let cloud: CloudServer | null = null;
    const listen = (request: IncomingMessage, response: ServerResponse): void => {
      void cloud?.answer(handler, request, response);
    };
    const server = tls === undefined ? createPlain(listen) : createTls(tls, listen);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    const { port: bound } = server.address() as AddressInfo;
    cloud = new CloudServer(server, `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${bound}`);
    return cloud;
  }

  /** Has the next requests answered so, in order, before the cloud itself answers again. */
  plan(...answers: readonly CloudAnswer[]): void {
    this.#planned.push(...answers);
  }

  async answer(handler: CloudHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readRequest(request);
    this.requests.push(asked);
    if (this.latencyMs > 0) await pause(this.latencyMs);
    const { status, body, headers } = this.#planned.shift() ?? handler(asked) ?? { status: 404, body: { error: 'not found' } };
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function readRequest(request: IncomingMessage): Promise<CloudRequest> {
  const url = new URL(request.url ?? '/', 'http://cloud');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
  const socket = request.socket as { getPeerCertificate?: () => { subject?: { CN?: string } } };
  const client = socket.getPeerCertificate?.().subject?.CN ?? null;
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: await readBody(request, headers),
    client,
  };
}

async function readBody(request: IncomingMessage, headers: Readonly<Record<string, string>>): Promise<unknown> {
  if (headers['content-type'] === 'application/x-www-form-urlencoded') {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    return await json(request);
  } catch {
    return undefined;
  }
}

/** User and password of basic authentication; empty texts where there is none. */
export function basicOf({ headers }: CloudRequest): { username: string; password: string } {
  const [, text = ''] = /^Basic (.+)$/.exec(headers['authorization'] ?? '') ?? [];
  const [username = '', ...password] = Buffer.from(text, 'base64').toString().split(':');
  return { username, password: password.join(':') };
}

/** The bearer token; empty where there is none. */
export function bearerOf({ headers }: CloudRequest): string {
  return /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '';
}

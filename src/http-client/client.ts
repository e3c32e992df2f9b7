/**
 * Asks the clouds of providers over HTTP: bounded in time and bytes, with the certificate of the other side verified, following no
 * redirect, since that would carry credentials to whoever it names. One request, one answer; asking again is the caller's.
 */
import { request as requestPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Account, ApiAnswer, ApiRequest, Ask } from '../providers/adapter.ts';

export interface HttpClientOptions {
  /** Time for one answer, ms. */
  timeoutMs: number;
  /** Longest body that is read, bytes. */
  maxBodyBytes: number;
  /** Authorities to believe instead of the public ones, PEM. */
  ca?: string;
  /** Own certificate for connections whose account brings none, PEM. */
  certificate?: { certificate: string; privateKey: string };
  userAgent: string;
  /** Ends what is under way when the gateway stops. */
  signal: AbortSignal;
}

/** Gives the way to ask an account's cloud. */
export function httpClient(options: HttpClientOptions): (account: Account) => Ask {
  return (account) => async (request) => {
    try {
      return await exchange(account, request, options);
    } catch (error) {
      return { trouble: troubleOf(error, account, options.timeoutMs) };
    }
  };
}

function exchange(account: Account, request: ApiRequest, options: HttpClientOptions): Promise<ApiAnswer> {
  const url = urlOf(account.url, request);
  const body = bodyOf(request);
  const { certificate } = account;
  const own = certificate ?? options.certificate;
  const settings: RequestOptions = {
    method: request.method,
    headers: headersOf(request, body, options.userAgent),
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
    // Each request has a connection of its own: they are rare, and none is held open to a cloud in between.
    agent: false,
    ...(own === undefined ? {} : { cert: own.certificate, key: own.privateKey }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestTls : requestPlain;
    const sent = send(url, settings, (response) => {
      read(response, options.maxBodyBytes).then(resolve, (error: unknown) => {
        sent.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
    sent.on('error', reject);
    sent.end(body?.text);
  });
}

/** A path that is a whole address goes there, for token services stand elsewhere. */
function urlOf(base: string, { path, query }: ApiRequest): URL {
  const url = /^https?:\/\//.test(path) ? new URL(path) : new URL(`${base.replace(/\/+$/, '')}/${path}`);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  return url;
}

interface Body {
  type: string;
  text: string;
}

function bodyOf({ json, form }: ApiRequest): Body | undefined {
  if (form !== undefined) {
    return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
  }
  return json === undefined ? undefined : { type: 'application/json', text: JSON.stringify(json) };
}

function headersOf({ basic, bearer }: ApiRequest, body: Body | undefined, userAgent: string): Record<string, string> {
  const pair = basic === undefined ? '' : Buffer.from(`${basic.username}:${basic.password}`).toString('base64');
  return {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(body === undefined ? {} : { 'content-type': body.type, 'content-length': String(Buffer.byteLength(body.text)) }),
    ...(basic === undefined ? {} : { authorization: `Basic ${pair}` }),
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
  };
}

async function read(response: IncomingMessage, maxBodyBytes: number): Promise<ApiAnswer> {
  const status = response.statusCode ?? 0;
  if (status >= 300 && status < 400)
    throw new Trouble(`it redirects (${status}) to elsewhere, which is not followed: check its url`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Trouble(`its answer is longer than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
  return { status, headers, body: parsed(Buffer.concat(chunks).toString()) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Words that are meant for people as they are. */
class Trouble extends Error {}

/** Says what kept an answer from coming, without what was sent. */
function troubleOf(error: unknown, { url }: Account, timeoutMs: number): string {
  const host = URL.canParse(url) ? new URL(url).host : 'its address';
  if (error instanceof Trouble) return `${host}: ${error.message}`;
  if (!(error instanceof Error)) return `${host} cannot be reached`;
  const isLate = error.name === 'TimeoutError' || (error.cause instanceof Error && error.cause.name === 'TimeoutError');
  if (isLate) return `${host} has not answered in ${timeoutMs} ms`;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return `${host} cannot be reached${code === '' || code === 'ABORT_ERR' ? '' : ` (${code})`}`;
}

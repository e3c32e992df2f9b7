/** One POST to a receiver nobody knows: bounded in time, in what is read, and in where it may go. */
import type { LookupAddress } from 'node:dns';
import { request as requestPlain, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { findGatewayError, GatewayError } from '#errors/gateway-error';
import type { AddressRule } from './address-rule.ts';
import { hostOf } from './endpoint.ts';
import type { PostResult } from './outcome.ts';
import { PublicResolver } from './resolver.ts';

export interface PosterOptions {
  addresses: AddressRule;
  /** Name servers; those of the system if empty. */
  dnsServers: readonly string[];
  /** Time for all of it, ms. */
  timeoutMs: number;
  /** Certificates of authorities that are believed; those of Node if `undefined`. */
  authorities: readonly string[] | undefined;
  userAgent: string;
}

export interface Post {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Of an answer only its beginning is kept, and it is not waited for long: the status has said everything. */
const RESPONSE_BYTES = 2_048;
const RESPONSE_MS = 1_000;
const RESPONSE_CHARS = 500;
const LONGEST_DETAIL_CHARS = 300;

/** Sends deliveries. Connections are not kept: every one is looked up and checked anew. */
export class Poster {
  readonly #options: PosterOptions;
  readonly #resolver: PublicResolver;

  constructor(options: PosterOptions) {
    this.#options = options;
    this.#resolver = new PublicResolver(options.dnsServers, options.addresses);
  }

  /** Posts, and says how it ended; rejects only when `signal` aborts. */
  async post({ url, headers, body }: Post, signal: AbortSignal): Promise<PostResult> {
    const begun = performance.now();
    const { timeoutMs } = this.#options;
    const late = AbortSignal.timeout(timeoutMs);
    const elapsed = (): number => Math.round(performance.now() - begun);
    try {
      const response = await this.#answerTo(new URL(url), headers, body, AbortSignal.any([signal, late]));
      const { statusCode = 0, headers: answered } = response;
      const ms = elapsed();
      return { ms, status: statusCode, retryAfter: answered['retry-after'] ?? null, response: await beginningOf(response) };
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted) {
        return { ms: elapsed(), status: null, code: 'webhook_timeout', detail: `no answer within ${timeoutMs / 1_000} s` };
      }
      const found = findGatewayError(error);
      const detail = error instanceof Error ? whatHappened(error) : String(error);
      return {
        ms: elapsed(),
        status: null,
        code: found?.code ?? 'webhook_unreachable',
        detail: detail.slice(0, LONGEST_DETAIL_CHARS),
      };
    }
  }

  /** Gives the answer as soon as its headers are there. Whoever takes it ends its connection. */
  #answerTo(url: URL, headers: Post['headers'], body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const host = hostOf(url);
    const objection = isIP(host) === 0 ? null : this.#options.addresses.objectionTo(host);
    if (objection !== null) throw new GatewayError('webhook_address', objection);
    const { authorities, userAgent } = this.#options;
    return new Promise((resolve, reject) => {
      const options = {
        method: 'POST',
        agent: false as const,
        signal,
        lookup: this.#lookup,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': userAgent,
          connection: 'close',
        },
      };
      const request: ClientRequest =
        url.protocol === 'https:'
          ? requestTls(url, authorities === undefined ? options : { ...options, ca: [...authorities] })
          : requestPlain(url, options);
      request.once('response', resolve);
      request.on('error', reject);
      // An answer that changes the protocol is given up without an error.
      request.once('close', () => reject(new Error('the receiver answered with something that is not HTTP')));
      request.end(body);
    });
  }

  /** What the connection is made to: only addresses that are allowed, found at this moment. */
  readonly #lookup: LookupFunction = (host, options, callback) => void this.#find(host, options.all === true, callback);

  async #find(host: string, all: boolean, callback: Parameters<LookupFunction>[2]): Promise<void> {
    let addresses: readonly LookupAddress[];
    try {
      addresses = await this.#resolver.addressesOf(host);
    } catch (error) {
      callback(error as Error, '');
      return;
    }
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  }
}

/** Errors of several addresses come as one that holds them. */
function whatHappened(error: Error): string {
  const found = findGatewayError(error);
  if (found !== undefined) return found.message.replace(/ \[\w+\]$/, '');
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join('; ');
  return error.message;
}

/** Reads the beginning of an answer's body and ends the connection. What breaks meanwhile spoils nothing. */
function beginningOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (): void => {
      clearTimeout(timer);
      response.destroy();
      resolve(shown(Buffer.concat(chunks).subarray(0, RESPONSE_BYTES)));
    };
    const timer = setTimeout(end, RESPONSE_MS);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= RESPONSE_BYTES) end();
    });
    response.once('end', end);
    response.once('close', end);
    response.on('error', end);
  });
}

/** An answer as the log shows it: short, on one line, and without what looks like a secret. */
function shown(bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim();
  const masked = text.replaceAll(/whsec_[\w+/=-]*|(?<=\b(?:bearer|basic)\s)[\w.+/=~-]+/gi, '[secret]');
  return masked.slice(0, RESPONSE_CHARS);
}

/** Bounds on what the callers of an HTTP port may cost before any route sees them. */
import type { Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '#errors/codes';
import { plainAddress, type AddressRanges } from '../listen/addresses.ts';
import { ConnectionCount, type ConnectionLimits } from '../listen/connection-limits.ts';

export interface HttpBounds extends ConnectionLimits {
  /** Longest head of a request, bytes. */
  headerBytes: number;
  /** Time for the head of a request, and for the TLS handshake before it, ms. */
  headersTimeoutMs: number;
  /** Time for a whole request, ms. */
  requestTimeoutMs: number;
}

/** How often Node looks for requests that take too long, ms. */
const LOOK_MS = 1_000;

/** What Node's server is made with. */
export function serverOptions({ headerBytes, headersTimeoutMs, requestTimeoutMs }: HttpBounds): ServerOptions & {
  handshakeTimeout: number;
} {
  return {
    maxHeaderSize: headerBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(LOOK_MS, headersTimeoutMs),
    handshakeTimeout: headersTimeoutMs,
  };
}

/** What Node says of requests that never became one, as codes. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'session_slow_frame',
  HPE_HEADER_OVERFLOW: 'wire_length',
};

/**
 * Turns away connections beyond the bounds and tells of them, and of all that came and was no request. Connections of the addresses in
 * `shared`, proxies, do not count for their address.
 */
export function boundConnections(
  server: Server,
  limits: ConnectionLimits,
  refused: (code: ErrorCode) => void,
  shared: Pick<AddressRanges, 'has'> | null = null,
): void {
  const count = new ConnectionCount(limits);
  server.prependListener('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    const own = shared?.has(address) === true ? null : address;
    const refusal = own === null ? count.enterUnnamed() : count.enter(own);
    if (refusal === null) {
      socket.once('close', () => count.leave(own));
      return;
    }
    refused(refusal);
    socket.destroy();
  });
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException) => {
    const found = CODES[code] ?? (code.startsWith('HPE_') ? 'wire_unknown' : null);
    if (found !== null) refused(found);
  });
  server.on('tlsClientError', () => refused('listener_tls'));
}

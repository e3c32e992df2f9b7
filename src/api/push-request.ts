/** One request to `/push/{token}`, whoever has read it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { answerTo, type PushAnswer } from '../push/answers.ts';
import { ApiError } from './errors.ts';
import type { PushServices } from './services.ts';

export interface PushRequest {
  token: string;
  /** Whose request it is: the remote address, or the one a proxy names. */
  address: string;
  headers: IncomingHttpHeaders;
  socket: Socket;
  /** As it was sent, or unzipped. */
  body: Uint8Array;
}

const S = 1_000;

/** Takes a push and gives its answer. Throws `ApiRateExceeded` where it was one failure too many, and rejects as the intake does. */
export async function takePush(
  { intake, failures }: PushServices,
  { token, address, headers, socket, body }: PushRequest,
): Promise<PushAnswer> {
  const outcome = await intake.take({
    token,
    peer: `${address}:${socket.remotePort ?? 0}`,
    body,
    header: (name) => oneOf(headers[name.toLowerCase()]),
    // Few endpoints ask for it, and it is dear to look at.
    get certificate() {
      return certificateOf(socket);
    },
  });
  if (outcome.kind === 'unknown' || outcome.kind === 'forged') {
    failures.note(address);
    refuseFailing(failures, address);
  }
  return answerTo(outcome);
}

/** Throws `ApiRateExceeded` where too much of what came from an address led nowhere. */
export function refuseFailing(failures: PushServices['failures'], address: string): void {
  const waitMs = failures.waitMs(address);
  if (waitMs === 0) return;
  const seconds = String(Math.ceil(waitMs / S));
  throw new ApiError(
    'ApiRateExceeded',
    `too many requests from this address that lead nowhere or prove nothing: go on in ${seconds} s`,
    { headers: { 'retry-after': seconds } },
  );
}

/** The client certificate, where the TLS of the API has verified one. */
function certificateOf(socket: Socket): { commonName: string; fingerprint256: string } | null {
  const tls = socket as Partial<TLSSocket>;
  if (tls.authorized !== true || tls.getPeerCertificate === undefined) return null;
  const { subject, fingerprint256 } = tls.getPeerCertificate();
  const name: unknown = subject?.CN;
  return { commonName: typeof name === 'string' ? name : '', fingerprint256: fingerprint256 ?? '' };
}

/** The first value of a header. */
export function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/**
 * Signatures of Standard Webhooks 1.0.0, made and verified: HMAC-SHA256 over `id.timestamp.body`, one for each secret, as
 * `v1,<base64>` in the header `webhook-signature`. The body is signed as the bytes that are sent; it is never written anew.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EpochMs } from '#model/clocks';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
/** Bounds of the specification. */
const LEAST_SECRET_BYTES = 24;
const MOST_SECRET_BYTES = 64;
/** More entries than any rotation needs: what comes behind them is not looked at. */
const MOST_SIGNATURES = 16;
const MOST_ID_CHARS = 256;
const DIGEST_BYTES = 32;

/** The headers of a delivery that its signature is about; `undefined` where the request lacks one. */
export interface SignatureHeaders {
  /** `webhook-id`: the same for every try of a delivery. */
  id: string | undefined;
  /** `webhook-timestamp`: time of the try, Unix seconds. */
  timestamp: string | undefined;
  /** `webhook-signature`. */
  signature: string | undefined;
}

/** When a signature is looked at, and how far from it its time may be. */
export interface SignatureWindow {
  now: EpochMs;
  toleranceMs: number;
}

/** What a verification found: the delivery's id and time, or what is wrong, as a word and as a sentence. */
export type Verdict =
  | { valid: true; id: string; at: EpochMs }
  | { valid: false; why: 'missing' | 'malformed' | 'too_old' | 'too_new' | 'mismatch'; detail: string };

/** Makes a secret as it is shown to its owner: `whsec_` and base64. `randomBytes` gives bytes nobody can guess. */
export function newSecret(randomBytes: (length: number) => Uint8Array): string {
  return PREFIX + Buffer.from(randomBytes(SECRET_BYTES)).toString('base64');
}

/** Tells whether a text is a secret of the specification: `whsec_` and 24 to 64 bytes as base64. */
export function isSecret(text: string): boolean {
  const key = keyOf(text);
  const written = key.toString('base64');
  return text === PREFIX + written && key.length >= LEAST_SECRET_BYTES && key.length <= MOST_SECRET_BYTES;
}

/** Signs a try of a delivery with each secret, and gives the value of `webhook-signature`. */
export function sign(
  { id, timestampS, body }: { id: string; timestampS: number; body: Uint8Array | string },
  secrets: readonly string[],
): string {
  return secrets.map((secret) => `v1,${digestOf(secret, id, String(timestampS), body).toString('base64')}`).join(' ');
}

/**
 * Verifies that somebody who knows one of the secrets has signed this very body, at a time within the window. Takes as long
 * whichever secret it is, and throws for nothing that comes with a request.
 */
export function verifySignature(
  headers: SignatureHeaders,
  body: Uint8Array | string,
  secrets: readonly string[],
  { now, toleranceMs }: SignatureWindow,
): Verdict {
  const { id = '', timestamp = '', signature = '' } = headers;
  for (const [name, value] of [['id', id] as const, ['timestamp', timestamp] as const, ['signature', signature] as const]) {
    if (value === '') return invalid('missing', `the request has no header webhook-${name}`);
  }
  if (id.length > MOST_ID_CHARS) return invalid('malformed', `webhook-id is longer than ${MOST_ID_CHARS} characters`);
  if (!/^\d{1,12}$/.test(timestamp)) return invalid('malformed', 'webhook-timestamp is no number of seconds');
  const given = signature.split(' ').slice(0, MOST_SIGNATURES).flatMap(signatureOf);
  if (given.length === 0) return invalid('malformed', 'webhook-signature has no entry of the form v1,<base64>');
  // The time is believed only with the signature, but looked at first: it costs nothing, and a late copy is told as such.
  const at = Number(timestamp) * 1_000;
  const offMs = at - now;
  if (offMs < -toleranceMs) return invalid('too_old', `webhook-timestamp is ${seconds(-offMs)} behind the clock here`);
  if (offMs > toleranceMs) return invalid('too_new', `webhook-timestamp is ${seconds(offMs)} ahead of the clock here`);
  let matches = 0;
  for (const secret of secrets) {
    const expected = digestOf(secret, id, timestamp, body);
    for (const digest of given) matches += timingSafeEqual(expected, digest) ? 1 : 0;
  }
  return matches > 0
    ? { valid: true, id, at }
    : invalid('mismatch', 'no signature was made with a secret known here over this body, id and time');
}

function invalid(why: Extract<Verdict, { valid: false }>['why'], detail: string): Verdict {
  return { valid: false, why, detail };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}

/** The digest of an entry; nothing for one of another version, or of a wrong length. */
function signatureOf(entry: string): Buffer[] {
  const [version, text = ''] = entry.split(',');
  const digest = Buffer.from(text, 'base64');
  return version === 'v1' && digest.length === DIGEST_BYTES ? [digest] : [];
}

function digestOf(secret: string, id: string, timestamp: string, body: Uint8Array | string): Buffer {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
}

/**
 * How a cloud proves that a request is its own. Each endpoint has one way, with several secrets where one takes the place of
 * another. Comparisons take as long whatever was given; nothing throws for what comes with a request.
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { EpochMs } from '#model/clocks';
import { verifySignature } from '../webhooks/signature.ts';

/** What an endpoint asks for. Its address is a secret too, and `path` rests on that alone. */
export type ProofRule =
  | { kind: 'path' }
  /** A header of a fixed value. */
  | { kind: 'header'; header: string; secrets: readonly string[] }
  /** `user:password`, as HTTP Basic has it. */
  | { kind: 'basic'; secrets: readonly string[] }
  | { kind: 'bearer'; secrets: readonly string[] }
  /**
   * A header with HMAC-SHA256 over the raw body, as hex or base64, behind an optional prefix such as `sha256=`. Where a header
   * tells the time, in Unix seconds, it is signed before the body with a point between them, and must be near.
   */
  | { kind: 'hmac'; header: string; prefix: string; timestampHeader: string | null; secrets: readonly string[] }
  | { kind: 'standard-webhooks'; secrets: readonly string[] }
  /** A client certificate that an authority of the configuration has signed, by its subject or its SHA-256 fingerprint. */
  | { kind: 'mtls'; names: readonly string[] };

/** What a request brings along. */
export interface Claim {
  /** One value of a header, by its name in lower case. */
  header: (name: string) => string | undefined;
  /** The raw body. */
  body: Uint8Array;
  /** A certificate that was verified; `null` where there is none. */
  certificate: { commonName: string; fingerprint256: string } | null;
}

/** How far the time of a signed request may be from the clock here, ms. */
const TOLERANCE_MS = 300_000;

/** Why a request is not believed, in words; `null` where it is. Never names a secret. */
export function refusalOf(rule: ProofRule, claim: Claim, now: EpochMs): string | null {
  switch (rule.kind) {
    case 'path':
      return null;
    case 'header':
      return isOneOf(claim.header(rule.header), rule.secrets) ? null : `the header ${rule.header} is missing or wrong`;
    case 'basic':
      return isOneOf(credentials(claim, 'Basic'), rule.secrets, toBase64) ? null : 'Authorization: Basic is missing or wrong';
    case 'bearer':
      return isOneOf(credentials(claim, 'Bearer'), rule.secrets) ? null : 'Authorization: Bearer is missing or wrong';
    case 'hmac':
      return hmacRefusal(rule, claim, now);
    case 'standard-webhooks': {
      const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) => claim.header(`webhook-${name}`));
      const verdict = verifySignature({ id, timestamp, signature }, claim.body, rule.secrets, {
        now,
        toleranceMs: TOLERANCE_MS,
      });
      return verdict.valid ? null : verdict.detail;
    }
    case 'mtls':
    default:
      return certificateRefusal(rule.names, claim.certificate);
  }
}

function hmacRefusal(rule: Extract<ProofRule, { kind: 'hmac' }>, { header, body }: Claim, now: EpochMs): string | null {
  const given = header(rule.header);
  if (given?.startsWith(rule.prefix) !== true)
    return `the header ${rule.header} is missing, or not of the form ${rule.prefix}…`;
  let before = '';
  if (rule.timestampHeader !== null) {
    const time = header(rule.timestampHeader) ?? '';
    if (!/^\d{1,12}$/.test(time)) return `the header ${rule.timestampHeader} is no number of seconds`;
    const offMs = Number(time) * 1_000 - now;
    if (Math.abs(offMs) > TOLERANCE_MS)
      return `the request was signed ${Math.round(Math.abs(offMs) / 1_000)} s ${offMs < 0 ? 'ago' : 'ahead'}`;
    before = `${time}.`;
  }
  const signature = given.slice(rule.prefix.length).trim();
  const expected = rule.secrets.map((secret) => createHmac('sha256', secret).update(before).update(body).digest());
  const digest = /^[0-9a-f]{64}$/i.test(signature) ? Buffer.from(signature, 'hex') : Buffer.from(signature, 'base64');
  const matches = expected.filter((each) => digest.length === each.length && timingSafeEqual(digest, each)).length;
  return matches > 0 ? null : `the signature in ${rule.header} was not made over this body with a secret known here`;
}

function certificateRefusal(names: readonly string[], certificate: Claim['certificate']): string | null {
  if (certificate === null) return 'there is no client certificate that an authority of the configuration has signed';
  const { commonName, fingerprint256 } = certificate;
  const isMeant = names.some((name) => name === commonName || fingerprintOf(name) === fingerprintOf(fingerprint256));
  return isMeant ? null : `the client certificate of "${commonName}" is not one of this endpoint's`;
}

function fingerprintOf(text: string): string {
  return text.replaceAll(':', '').toLowerCase();
}

function credentials({ header }: Claim, scheme: string): string | undefined {
  const [, given, value] = /^(\w+) +(\S+) *$/.exec(header('authorization') ?? '') ?? [];
  return given?.toLowerCase() === scheme.toLowerCase() ? value : undefined;
}

/** What the secrets of a rule are compared by; a rule is the same for all requests to its endpoint. */
const KNOWN = new WeakMap<readonly string[], readonly Buffer[]>();

/**
 * Compares blocks of one length, so that neither length nor content of a secret shows in the time it takes. `form` is how a secret is
 * sent.
 */
function isOneOf(given: string | undefined, secrets: readonly string[], form = (secret: string) => secret): boolean {
  const block = writeBlock(given ?? '', ofRequest);
  const known = KNOWN.get(secrets) ?? secrets.map((secret) => writeBlock(form(secret), Buffer.alloc(BLOCK_BYTES)));
  KNOWN.set(secrets, known);
  let matches = 0;
  for (const each of known) if (timingSafeEqual(block, each)) matches++;
  return given !== undefined && matches > 0;
}

const BLOCK_BYTES = 256;
/** Before the text: its length; 0xFF where a hash stands in its place. */
const BLOCK_HEAD_BYTES = 1;
const HASHED = 0xff;
/** Each unit of a text takes two bytes. */
const WHOLE_MOST = Math.floor((BLOCK_BYTES - BLOCK_HEAD_BYTES) / 2);
const ofRequest = Buffer.alloc(BLOCK_BYTES);

/** Fills the block with a text, so that two blocks are equal where the texts are: a short one as it is, a longer one as its hash. */
function writeBlock(text: string, block: Buffer): Buffer {
  block.fill(0);
  const { length } = text;
  const isWhole = length <= WHOLE_MOST;
  block[0] = isWhole ? length : HASHED;
  if (isWhole) for (let i = 0; i < length; i++) block.writeUInt16BE(text.charCodeAt(i), BLOCK_HEAD_BYTES + 2 * i);
  else hash('sha256', text, 'buffer').copy(block, BLOCK_HEAD_BYTES);
  return block;
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { isSecret, newSecret, sign, verifySignature, type SignatureHeaders } from './signature.ts';

const NOW = Date.UTC(2026, 0, 5, 8);
const TIMESTAMP_S = NOW / 1_000;
const WINDOW = { now: NOW, toleranceMs: 300_000 };
const SECRET = newSecret(() => new Uint8Array(32).fill(7));
const OTHER = newSecret(() => new Uint8Array(32).fill(8));
const BODY = '{"type":"tracker.connected"}';

function signed(secrets: readonly string[], fields: Partial<SignatureHeaders> = {}): SignatureHeaders {
  const signature = sign({ id: 'msg_1', timestampS: TIMESTAMP_S, body: BODY }, secrets);
  return { id: 'msg_1', timestamp: String(TIMESTAMP_S), signature, ...fields };
}

const verdictOf = (headers: SignatureHeaders, secrets = [SECRET], body: string | Uint8Array = BODY, window = WINDOW) =>
  verifySignature(headers, body, secrets, window);
const verdictAt = (now: number) => verdictOf(signed([SECRET]), [SECRET], BODY, { ...WINDOW, now });

describe('a signature', () => {
  test('is the one of the worked example of the specification', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const parts = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampS: 1_614_265_330, body: '{"test": 2432232314}' };
    expect(sign(parts, [secret])).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('is accepted by the reference library, whichever of two secrets that has', () => {
    const id = 'msg_1';
    const timestampS = Math.floor(Date.now() / 1_000);
    const body = '{"name":"Zürich ✓"}';
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(timestampS),
      'webhook-signature': sign({ id, timestampS, body }, [SECRET, OTHER]),
    };
    for (const secret of [SECRET, OTHER]) {
      expect(new Webhook(secret).verify(body, headers)).toEqual({ name: 'Zürich ✓' });
    }
    const third = newSecret(() => new Uint8Array(32).fill(9));
    expect(() => new Webhook(third).verify(body, headers)).toThrow('No matching signature');
  });

  test('of the reference library is accepted here', () => {
    const signature = new Webhook(SECRET).sign('msg_1', new Date(NOW), BODY);
    expect(verdictOf(signed([], { signature }))).toEqual({ valid: true, id: 'msg_1', at: NOW });
  });
});

describe('a verification', () => {
  test('accepts any secret that is known here, among other entries, up to the edge of the window', () => {
    expect(verdictOf(signed([OTHER, SECRET]))).toEqual({ valid: true, id: 'msg_1', at: NOW });
    expect(verdictOf(signed([SECRET]), [OTHER, SECRET]).valid).toBe(true);
    const among = `v1a,abc v1, nonsense ${signed([SECRET]).signature ?? ''}`;
    expect(verdictOf(signed([], { signature: among })).valid).toBe(true);
    for (const now of [NOW - 300_000, NOW + 300_000]) {
      expect(verdictOf(signed([SECRET]), [SECRET], BODY, { ...WINDOW, now }).valid).toBe(true);
    }
  });

  test.each([
    ['id', 'missing'],
    ['timestamp', 'missing'],
    ['signature', 'missing'],
  ] as const)('says that %s is missing', (name, why) => {
    for (const nothing of [undefined, '']) {
      const detail = `the request has no header webhook-${name}`;
      expect(verdictOf(signed([SECRET], { [name]: nothing }))).toEqual({ valid: false, why, detail });
    }
  });

  test.each<[string, Partial<SignatureHeaders>, string]>([
    ['a time that is no number', { timestamp: 'today' }, 'malformed'],
    ['a negative time', { timestamp: '-1' }, 'malformed'],
    ['an endless id', { id: 'x'.repeat(257) }, 'malformed'],
    ['no entry of the version', { signature: 'v1a,AAAA v2,AAAA' }, 'malformed'],
    ['a digest that is too short', { signature: 'v1,AAAA' }, 'malformed'],
    ['another id', { id: 'msg_2' }, 'mismatch'],
    ['another time', { timestamp: String(TIMESTAMP_S + 1) }, 'mismatch'],
    ['a signature of another secret', signed([OTHER]), 'mismatch'],
  ])('refuses %s', (_what, fields, why) => {
    expect(verdictOf(signed([SECRET], fields))).toMatchObject({ valid: false, why });
  });

  test('refuses another body, and everything where no secret is known', () => {
    expect(verdictOf(signed([SECRET]), [SECRET], `${BODY} `)).toMatchObject({ why: 'mismatch' });
    expect(verdictOf(signed([SECRET]), [])).toMatchObject({ why: 'mismatch' });
  });

  test('tells a copy that comes too late from one that comes too early', () => {
    expect(verdictAt(NOW + 301_000)).toMatchObject({
      why: 'too_old',
      detail: 'webhook-timestamp is 301 s behind the clock here',
    });
    expect(verdictAt(NOW - 301_000)).toMatchObject({
      why: 'too_new',
      detail: 'webhook-timestamp is 301 s ahead of the clock here',
    });
  });

  test('accepts what was signed and nothing else, for any body and secrets, and never throws', () => {
    const secrets = fc.array(fc.uint8Array({ minLength: 24, maxLength: 64 }).map(secretOf), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.uint8Array(), secrets, fc.string({ minLength: 1, maxLength: 40 }), (body, known, id) => {
        const signature = sign({ id, timestampS: TIMESTAMP_S, body }, known);
        const headers = { id, timestamp: String(TIMESTAMP_S), signature };
        for (const secret of known) expect(verifySignature(headers, body, [secret], WINDOW).valid).toBe(true);
        const changed = Uint8Array.from([...body, 0]);
        expect(verifySignature(headers, changed, known, WINDOW)).toMatchObject({ why: 'mismatch' });
      }),
    );
    const text = fc.option(fc.string({ maxLength: 300 }), { nil: undefined });
    fc.assert(
      fc.property(text, text, text, (id, timestamp, signature) => {
        expect(verifySignature({ id, timestamp, signature }, BODY, [SECRET], WINDOW).valid).toBe(false);
      }),
    );
  });
});

const secretOf = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString('base64')}`;

test('a new secret is one of the specification, and another one each time', () => {
  const first = newSecret(randomBytes);
  expect(isSecret(first)).toBe(true);
  expect(first).toHaveLength('whsec_'.length + 44);
  expect(newSecret(randomBytes)).not.toBe(first);
});

test.each([
  [secretOf(new Uint8Array(24)), true],
  [secretOf(new Uint8Array(64)), true],
  [secretOf(new Uint8Array(23)), false],
  [secretOf(new Uint8Array(65)), false],
  [secretOf(new Uint8Array(32)).slice(6), false],
  ['whsec_', false],
  ['whsec_not base64 but long enough to be a secret', false],
  [`${secretOf(new Uint8Array(32))}\n`, false],
])('%j is a secret: %s', (text, is) => {
  expect(isSecret(text)).toBe(is);
});

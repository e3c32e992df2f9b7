import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { newSecret, sign } from '../webhooks/signature.ts';
import { refusalOf, type Claim, type ProofRule } from './proof.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
const BODY = Buffer.from('{"vin":"1"}');
const SECRET = 'a secret of sixteen';

const claim = (
  headers: Record<string, string> = {},
  certificate: Claim['certificate'] = null,
  body: Uint8Array = BODY,
): Claim => ({
  header: (name) => headers[name.toLowerCase()],
  body,
  certificate,
});
const hmacOf = (secret: string, text: string): Buffer => createHmac('sha256', secret).update(text).digest();
const seconds = String(NOW / 1_000);

const hmac: ProofRule = {
  kind: 'hmac',
  header: 'X-Signature',
  prefix: 'sha256=',
  timestampHeader: null,
  secrets: ['old', SECRET],
};
const timed: ProofRule = { ...hmac, prefix: '', timestampHeader: 'X-Time' };
const standard = newSecret((length) => new Uint8Array(length).fill(7));
const signed = (atS: number) => ({
  'webhook-id': 'm1',
  'webhook-timestamp': String(atS),
  'webhook-signature': sign({ id: 'm1', timestampS: atS, body: BODY }, [standard]),
});

/** A rule with a claim it takes, and claims it refuses with the reason. */
const CASES: Record<string, [ProofRule, Claim, [Claim, RegExp][]]> = {
  path: [{ kind: 'path' }, claim(), []],
  header: [
    { kind: 'header', header: 'X-Token', secrets: ['other', SECRET] },
    claim({ 'x-token': SECRET }),
    [
      [claim(), /X-Token is missing or wrong/],
      [claim({ 'x-token': `${SECRET}x` }), /missing or wrong/],
      [claim({ 'x-token': '' }), /missing or wrong/],
    ],
  ],
  basic: [
    { kind: 'basic', secrets: ['user:pass word'] },
    claim({ authorization: `Basic ${Buffer.from('user:pass word').toString('base64')}` }),
    [
      [claim({ authorization: `Basic ${Buffer.from('user:pass').toString('base64')}` }), /Basic/],
      [claim({ authorization: `Bearer ${Buffer.from('user:pass word').toString('base64')}` }), /Basic/],
    ],
  ],
  bearer: [
    { kind: 'bearer', secrets: [SECRET.replaceAll(' ', '_')] },
    claim({ authorization: `bearer ${SECRET.replaceAll(' ', '_')}` }),
    [[claim(), /Bearer/]],
  ],
  hmac: [
    hmac,
    claim({ 'x-signature': `sha256=${hmacOf(SECRET, BODY.toString()).toString('hex')}` }),
    [
      [claim(), /X-Signature is missing/],
      [claim({ 'x-signature': hmacOf(SECRET, BODY.toString()).toString('hex') }), /not of the form sha256=/],
      [claim({ 'x-signature': `sha256=${hmacOf('wrong', BODY.toString()).toString('hex')}` }), /not made over this body/],
      [
        claim({ 'x-signature': `sha256=${hmacOf(SECRET, BODY.toString()).toString('hex')}` }, null, Buffer.from('{}')),
        /not made over this body/,
      ],
      [claim({ 'x-signature': 'sha256=' }), /not made over this body/],
    ],
  ],
  'hmac with a time': [
    timed,
    claim({ 'x-time': seconds, 'x-signature': hmacOf(SECRET, `${seconds}.${BODY.toString()}`).toString('base64') }),
    [
      [claim({ 'x-signature': hmacOf(SECRET, BODY.toString()).toString('base64') }), /X-Time is no number/],
      [claim({ 'x-time': String(NOW / 1_000 - 301), 'x-signature': 'x' }), /signed 301 s ago/],
      [claim({ 'x-time': String(NOW / 1_000 + 301), 'x-signature': 'x' }), /301 s ahead/],
      [
        claim({ 'x-time': seconds, 'x-signature': hmacOf(SECRET, BODY.toString()).toString('base64') }),
        /not made over this body/,
      ],
    ],
  ],
  'standard-webhooks': [
    { kind: 'standard-webhooks', secrets: [standard] },
    claim(signed(NOW / 1_000)),
    [
      [claim(signed(NOW / 1_000 - 301)), /behind the clock/],
      [claim({ ...signed(NOW / 1_000), 'webhook-id': 'm2' }), /no signature/],
    ],
  ],
  mtls: [
    { kind: 'mtls', names: ['cloud.example', 'AA:bb'] },
    claim({}, { commonName: 'cloud.example', fingerprint256: '00' }),
    [
      [claim(), /no client certificate/],
      [claim({}, { commonName: 'other', fingerprint256: '00' }), /"other" is not one of this endpoint/],
    ],
  ],
};

describe('a request is believed for what it proves, and refused with the reason', () => {
  test.each(Object.entries(CASES))('%s', (_, [rule, right, wrong]) => {
    expect(refusalOf(rule, right, NOW)).toBeNull();
    for (const [request, reason] of wrong) expect(refusalOf(rule, request, NOW)).toMatch(reason);
  });

  test('a certificate may be named by its fingerprint, however that is written', () => {
    const rule: ProofRule = { kind: 'mtls', names: ['aabb'] };
    expect(refusalOf(rule, claim({}, { commonName: '', fingerprint256: 'AA:BB' }), NOW)).toBeNull();
  });

  test('no refusal tells a secret', () => {
    for (const [rule, , wrong] of Object.values(CASES)) {
      for (const [request] of wrong) expect(refusalOf(rule, request, NOW)).not.toContain(SECRET);
    }
  });
});

test.each([1, 126, 127, 128, 255, 256, 1_000])('a secret of %i characters is compared whole, whatever they are', (length) => {
  for (const letter of ['a', 'é', '€']) {
    const secret = letter.repeat(length);
    const rule: ProofRule = { kind: 'header', header: 'X-Token', secrets: ['another one', secret] };
    const others = [`${secret}${letter}`, secret.slice(1), `${secret}\0`, `${secret.slice(1)}b`, `b${secret.slice(1)}`];
    for (const wrong of others) expect(refusalOf(rule, claim({ 'x-token': wrong }), NOW)).toMatch(/missing or wrong/);
    expect(refusalOf(rule, claim({ 'x-token': secret }), NOW)).toBeNull();
  }
});

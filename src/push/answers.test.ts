import { expect, test } from 'vitest';
import { answerTo } from './answers.ts';
import type { PushOutcome } from './intake.ts';

const taken = (protocol: string, fields: Partial<Extract<PushOutcome, { kind: 'taken' }>> = {}): PushOutcome => ({
  kind: 'taken',
  protocol,
  repeated: false,
  reply: null,
  faults: [],
  ...fields,
});

test.each([
  ['stellantis', 200, 500],
  ['bmw', 200, 503],
  ['hyundai-kia', 200, 503],
  ['cloudevents', 202, 503],
  ['a protocol without a row', 200, 503],
])('%s hears %i for what is durable and %i for what must come again', (protocol, durable, again) => {
  expect(answerTo(taken(protocol)).status).toBe(durable);
  expect(answerTo(taken(protocol, { repeated: true })).status).toBe(durable);
  for (const kind of ['busy', 'lost'] as const) {
    expect(answerTo({ kind, protocol })).toMatchObject({ status: again, headers: { 'retry-after': '5' } });
  }
});

test('what cannot be read is accepted of clouds, who would repeat it for days, and refused to senders, who should know', () => {
  const faults = ['$.vin: is no text'];
  expect(answerTo(taken('stellantis', { faults })).status).toBe(200);
  expect(answerTo(taken('html5', { faults, reply: Buffer.from('{"accepted":[]}') }))).toMatchObject({ status: 200 });
  expect(answerTo(taken('owntracks', { faults }))).toMatchObject({ status: 400, body: '{"msg":"$.vin: is no text"}' });
});

test('the reply of a protocol is the body', () => {
  expect(answerTo(taken('owntracks', { reply: Buffer.from('[]') })).body).toEqual(Buffer.from('[]'));
});

test('what is not taken has a status of its own, whatever the protocol', () => {
  expect(answerTo({ kind: 'unknown' }).status).toBe(404);
  expect(answerTo({ kind: 'forged', protocol: 'bmw', why: 'because' })).toMatchObject({
    status: 401,
    body: '{"msg":"because"}',
  });
  expect(answerTo({ kind: 'ended', protocol: 'html5' }).status).toBe(410);
  expect(answerTo({ kind: 'too-long', protocol: 'bmw', mostBytes: 5 }).status).toBe(413);
});

import { expect, test } from 'vitest';
import { emptyMessage } from '#model/message';
import { emptyDecoded, newSession, type Decoded, type Decoder } from '#protocols/codec';
import { canonicalBytes } from '#protocols/layers/push/canonical';
import type { Json } from '#model/json';
import { memberOf, readJson } from '#protocols/layers/push/json';
import { decoderChecks, subjectOf } from './describe-decoder.ts';
import type { Golden } from './golden.ts';
import { stateDecoded } from './statement.ts';

type Bug =
  | 'none'
  | 'throws on null'
  | 'goes by the order of names'
  | 'says NaN'
  | 'forgets what is pushed'
  | 'writes into the body'
  | 'admits what has a fault'
  | 'admits nothing';

/** Takes `{ "speed": 1, "place": {…} }` and has one bug. */
function decoderWith(bug: Bug): Decoder {
  let calls = 0;
  return {
    name: 'planted',
    version: 1,
    maxFrameBytes: 1_000,
    admit(frame) {
      const isAdmitted = bug === 'admits what has a fault' || (bug !== 'admits nothing' && readJson(frame).fault === null);
      return isAdmitted ? { dialect: null, dedupeKeys: [] } : null;
    },
    decode(frame): Decoded {
      const { value, fault } = readJson(frame);
      if (bug === 'writes into the body' && calls++ > 0) frame[0] = 0x20;
      const pushed = bug === 'forgets what is pushed' ? {} : { pushed: { dedupeKeys: [], consents: [] } };
      if (fault !== null) return { ...emptyDecoded('control'), faults: [fault], ...pushed };
      const speed = memberOf(value, 'speed');
      if (bug === 'throws on null' && speed === null) throw new Error('planted');
      const identity =
        bug === 'goes by the order of names' ? new TextEncoder().encode(JSON.stringify(value)) : canonicalBytes(value);
      const message = emptyMessage(identity);
      message.signalKeys.push('wheels.speed.value');
      message.signalValues.push(
        typeof speed === 'number' && Number.isFinite(speed) ? speed : bug === 'says NaN' ? Number.NaN : 0,
      );
      return { ...emptyDecoded('data'), messages: [message], ...pushed };
    },
  };
}

const body: Json = { speed: 3, place: { lat: 1, lon: 2 } };

/** Sentences of the checks that fail for a decoder. */
function failures(decoder: Decoder): string[] {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const context = newSession('http');
  const expected = stateDecoded(decoderWith('none').decode(bytes, context), bytes);
  const golden: Golden = { name: 'one', bytes, context, head: { provenance: { kind: 'synthetic', ref: 'made up' } }, expected };
  const subject = subjectOf(decoder, [golden]);
  return decoderChecks().flatMap(({ sentence, applies, run }) => {
    if (!applies(golden, subject.codec)) return [];
    try {
      run(subject, golden);
      return [];
    } catch {
      return [sentence];
    }
  });
}

test('the kit for decoders finds nothing wrong with one that keeps the contract', () => {
  expect(failures(decoderWith('none'))).toEqual([]);
});

test.each([
  ['throws on null', 'takes any value in any place without a throw, and within the model'],
  ['goes by the order of names', 'means the same whatever the order of its names'],
  ['says NaN', 'takes any value in any place without a throw, and within the model'],
  ['forgets what is pushed', 'takes any value in any place without a throw, and within the model'],
  ['writes into the body', 'means the same twice and is left unchanged'],
  ['admits what has a fault', 'decodes without a throw, and within the model, when damaged'],
  ['admits nothing', 'is admitted without a decode where that has no fault'],
] as const)('the kit for decoders sees one that %s', (bug, sentence) => {
  expect(failures(decoderWith(bug))).toContain(sentence);
});

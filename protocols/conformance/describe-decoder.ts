/**
 * The tests every decoder of a cloud's push must pass, over every golden it has: exact meaning, purity, the limits of the model, and
 * whatever may stand in a body instead of what should.
 */
import { describe, test } from 'vitest';
import type { Codec, Decoded, Decoder, SessionContext } from '#protocols/codec';
import type { Json } from '#model/json';
import { readJson } from '#protocols/layers/push/json';
import { must, mustEqual, type GoldenCheck } from './check.ts';
import { FLIPS, flipped } from './damage-checks.ts';
import { GOLDEN_CHECKS } from './golden-checks.ts';
import { loadGoldens, type Golden } from './golden.ts';
import { NASTY_VALUES, placesIn, turnedAround, withAt, type Place } from './json-bodies.ts';
import { breachesOfModel } from './model-rules.ts';
import { stateDecoded, type Statement } from './statement.ts';
import { samplePositions, type Subject } from './subject.ts';
import { wholeFrames } from '#protocols/whole-frames';

const isJson = ({ bytes }: Golden): boolean => readJson(bytes).fault === null;

const BODY_CHECKS: readonly GoldenCheck[] = [
  { sentence: 'decodes without a throw, and within the model, when damaged', applies: () => true, run: damaged },
  { sentence: 'has a fault while a byte is missing', applies: isJson, run: truncated },
  { sentence: 'means the same whatever the order of its names', applies: isJson, run: orderOfNames },
  { sentence: 'takes any value in any place without a throw, and within the model', applies: isJson, run: nastyValues },
  {
    sentence: 'is admitted without a decode where that has no fault',
    applies: admits,
    run: isAdmitted,
  },
  { sentence: 'comes over HTTP or MQTT: a body has no stream', applies: () => true, run: isNoStream },
];

/** Defines the tests. A folder without goldens is a failure, not an empty suite. */
export function describeDecoder(decoder: Decoder, goldens: URL): void {
  const loaded = loadGoldens(goldens);
  if (loaded.length === 0) throw new Error(`${goldens.pathname} holds no golden: ${decoder.name} is not tested at all`);
  const subject = subjectOf(decoder, loaded);
  describe(`${decoder.name} keeps the decoder contract`, () => {
    describe.each(loaded)('golden $name', (golden) => {
      const checks = decoderChecks().filter(({ applies }) => applies(golden, subject.codec));
      test.each(checks)('$sentence', ({ run }) => assertHolds(() => run(subject, golden)));
    });
  });
}

/** Runs a check, which throws where something does not hold. */
function assertHolds(check: () => void): void {
  check();
}

/** All checks of a golden of a decoder. */
export function decoderChecks(): readonly GoldenCheck[] {
  return [...GOLDEN_CHECKS, ...BODY_CHECKS];
}

/** What the checks are told of a decoder. */
export function subjectOf(decoder: Decoder, goldens: readonly Golden[]): Subject {
  return {
    codec: wholeFrames(decoder),
    goldens,
    checked: () => null,
    lengthField: () => null,
    garbage: Uint8Array.of(0x13, 0x37),
  };
}

function bodyOf({ bytes }: Golden): Json {
  return readJson(bytes).value;
}

function orderOfNames({ codec }: Subject, golden: Golden): void {
  const turned = new TextEncoder().encode(turnedAround(bodyOf(golden)));
  const statement = stateDecoded(codec.decode(turned, golden.context), turned);
  mustEqual(inOrder(statement), inOrder(golden.expected), 'with its names turned around');
}

/** The statement with all of which the order says nothing in one order: messages, signals and states of a message, keys. */
function inOrder({ messages, faults, pushed, ...rest }: Statement): unknown {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
  };
  return sorted({ ...rest, messages, faults: faults.map(({ code, detail }) => ({ code, detail })), pushed: pushed ?? null });
}

/** Places of a body that are tried; of a longer one as many, spread evenly. */
const PLACES_MOST = 60;

function nastyValues({ codec }: Subject, golden: Golden): void {
  for (const { bytes, where } of nastyBodies(bodyOf(golden))) {
    const decoded = codec.decode(bytes, golden.context);
    must(decoded.pushed !== undefined, `${where}: nothing is said of dedupe keys and consents`);
    admission(codec, bytes, golden.context, decoded);
    for (const message of decoded.messages)
      for (const wrong of breachesOfModel(message, codec)) must(false, `${where}: ${wrong}`);
  }
}

/** A body with any value in any place, or with that place left out. */
function* nastyBodies(body: Json): Generator<{ bytes: Uint8Array; where: string }> {
  const places = placesIn(body);
  const stride = Math.max(1, places.length / PLACES_MOST);
  for (let i = 0; i < places.length; i += stride) {
    const place = places[Math.floor(i)] as Place;
    for (const value of [...NASTY_VALUES, null]) {
      if (value === null && place.length === 0) continue;
      const bytes = new TextEncoder().encode(withAt(body, place, value));
      yield { bytes, where: `${place.join('.')} = ${value?.slice(0, 60) ?? 'nothing'}` };
    }
  }
}

function damaged({ codec }: Subject, { bytes, context }: Golden): void {
  for (const at of samplePositions(0, bytes.length)) {
    for (const body of [...FLIPS.map((flip) => flipped(bytes, at, flip)), bytes.subarray(0, at)]) {
      const decoded = codec.decode(body, context);
      admission(codec, body, context, decoded);
      for (const message of decoded.messages) {
        for (const wrong of breachesOfModel(message, codec)) must(false, `byte ${at} damaged: ${wrong}`);
      }
    }
  }
}

/** Of an object or a list, no beginning is whole. */
function truncated({ codec }: Subject, { bytes, context }: Golden): void {
  const text = new TextDecoder().decode(bytes).trim();
  if (!/^[[{]/.test(text)) return;
  for (const length of samplePositions(1, text.trimEnd().length)) {
    const { faults } = codec.decode(bytes.subarray(0, length), context);
    must(faults.length > 0, `its first ${length} bytes are decoded without a fault`);
  }
}

function admits(_golden: Golden, codec: Codec): boolean {
  return 'admit' in codec;
}

function isAdmitted({ codec }: Subject, { bytes, context }: Golden): void {
  const decoded = codec.decode(bytes, context);
  must(decoded.faults.length > 0 || admission(codec, bytes, context, decoded) !== null, 'only its decode admits it');
}

/** What a decoder admits, held to what its decode says. */
function admission(codec: Codec, body: Uint8Array, context: SessionContext, decoded: Decoded): unknown {
  const admitted = codec.admit?.(body, context) ?? null;
  if (admitted === null) return null;
  const { dialect, faults, reply, pushed } = decoded;
  mustEqual([faults, reply], [[], null], 'faults and reply of what is admitted');
  mustEqual([admitted.dialect, admitted.dedupeKeys], [dialect, pushed?.dedupeKeys ?? []], 'admission');
  return admitted;
}

function isNoStream(_subject: Subject, { context }: Golden): void {
  must(context.transport === 'http' || context.transport === 'mqtt', `its transport is ${context.transport}`);
}

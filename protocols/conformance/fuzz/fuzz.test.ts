import { describe, expect, test } from 'vitest';
import { codecFolders, codecPaths, decoderFolders, loadCodec } from '../codec-folders.ts';
import { loadGoldens } from '../golden.ts';
import { toyCodec } from '../toy/toy-codec.ts';
import { corpusNames, readInput } from './corpus.ts';
import { examine, shrink } from './examine.ts';
import { makeInput, type FuzzInput } from './input.ts';

const goldens = loadGoldens(codecPaths('conformance/toy').goldens);
const COUNT = 3_000;

/** The first of some inputs that breaks the codec. */
function firstFailure(codec: ReturnType<typeof toyCodec>): FuzzInput | null {
  for (let iteration = 0; iteration < COUNT; iteration++) {
    const input = makeInput(goldens, 1, iteration);
    try {
      examine(codec, input);
    } catch {
      return input;
    }
  }
  return null;
}

describe('the fuzzer', () => {
  test('finds nothing in the toy codec, and reaches all it can do', () => {
    const seen = new Set<string>();
    for (let iteration = 0; iteration < COUNT; iteration++) {
      for (const outcome of examine(toyCodec('none'), makeInput(goldens, 1, iteration))) seen.add(outcome);
    }
    for (const wanted of [
      'login of 0',
      'data of 1',
      'heartbeat of 0',
      'data decode_unsupported',
      'refused wire_crc',
      'refused wire_length',
    ]) {
      expect([...seen].some((outcome) => outcome.startsWith(wanted))).toBe(true);
    }
  });

  test.each([
    'throws on an unknown type',
    'loses a frame at a split',
    'counts decodes in a message',
    'decides on bytes after its range',
    'swallows what follows garbage',
    'waits for an impossible length',
    'stands still on garbage',
    'says NaN',
  ] as const)('finds a codec that %s, and makes the input small', async (bug) => {
    const found = firstFailure(toyCodec(bug));
    expect(found).not.toBeNull();
    const fails = (input: FuzzInput): boolean => {
      try {
        examine(toyCodec(bug), input);
        return false;
      } catch {
        return true;
      }
    };
    const small = await shrink(fails, found as FuzzInput);
    expect(() => examine(toyCodec(bug), small)).toThrow(/./);
    expect(Buffer.concat(small.chunks).length).toBeLessThanOrEqual(40);
  });

  test('makes the same input from the same seed, and another from another', () => {
    expect(makeInput(goldens, 5, 9)).toEqual(makeInput(goldens, 5, 9));
    expect(makeInput(goldens, 5, 9)).not.toEqual(makeInput(goldens, 6, 9));
    expect(makeInput(goldens, 5, 9)).not.toEqual(makeInput(goldens, 5, 10));
  });

  test('begins four of five pieces as a frame does', () => {
    const heads = new Set(goldens.map(({ bytes }) => bytes[0]));
    const inputs = Array.from({ length: COUNT }, (_, i) => Buffer.concat(makeInput(goldens, 3, i).chunks));
    const right = inputs.filter((bytes) => heads.has(bytes[0])).length / COUNT;
    expect(right).toBeGreaterThan(0.5);
  });
});

const kept = [...codecFolders(), ...decoderFolders()].flatMap((codec) => corpusNames(codec).map((name) => ({ codec, name })));

describe.runIf(kept.length > 0)('inputs kept of earlier fuzz runs', () => {
  test.each(kept)('$codec/$name does no harm', async ({ codec, name }) => {
    const loaded = await loadCodec(codec);
    expect(() => examine(loaded, readInput(codec, name))).not.toThrow();
  });
});

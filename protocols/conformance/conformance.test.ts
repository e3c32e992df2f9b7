import { describe, expect, test } from 'vitest';
import type { Codec } from '#protocols/codec';
import { CODEC_CHECKS } from './codec-checks.ts';
import { DAMAGE_CHECKS } from './damage-checks.ts';
import { EXPLAIN_CHECKS } from './explain-checks.ts';
import { describeCodec } from './describe-codec.ts';
import { driveChunks, leftOver } from './drive.ts';
import { GOLDEN_CHECKS } from './golden-checks.ts';
import { loadGoldens } from './golden.ts';
import { printJson } from './print-json.ts';
import { samplePositions, type FrameFacts, type Subject } from './subject.ts';
import { PLANTED_BUGS, toyCodec, type PlantedBug } from './toy/toy-codec.ts';
import { toy } from './toy/index.ts';

const folder = new URL('toy/golden/', import.meta.url);
const facts: FrameFacts = {
  checked: (frame) => ({ from: 1, end: frame.length }),
  lengthField: () => ({ offset: 1, width: 1 }),
  garbage: Uint8Array.of(0x13, 0x37, 0x21),
};

describeCodec(toy, { goldens: folder, ...facts });

/** Sentences of the checks that fail for a codec. */
function failures(codec: Codec): Set<string> {
  const subject: Subject = { ...facts, codec, goldens: loadGoldens(folder) };
  const failed = new Set<string>();
  const attempt = (sentence: string, run: () => void): void => {
    try {
      run();
    } catch {
      failed.add(sentence);
    }
  };
  for (const { sentence, run } of CODEC_CHECKS) attempt(sentence, () => run(subject));
  for (const { sentence, applies, run } of [...GOLDEN_CHECKS, ...DAMAGE_CHECKS, ...EXPLAIN_CHECKS]) {
    for (const golden of subject.goldens) if (applies(golden, codec)) attempt(sentence, () => run(subject, golden));
  }
  return failed;
}

/** For each planted bug a check that must see it, whatever others do. */
const SEEN_BY: Record<Exclude<PlantedBug, 'none'>, string> = {
  'accepts a wrong checksum': 'is never accepted with a byte flipped, and the next frame survives',
  'believes any datagram': 'is not believed with a byte flipped when a datagram brings it',
  'throws on an unknown type': 'decodes without a throw, and within the model, when damaged',
  'keeps the ident between sessions': 'a golden means the same after all others were decoded',
  'counts decodes in a message': 'means the same twice and is left unchanged',
  'loses a frame at a split': 'comes out the same at every two-way split',
  'decides on bytes after its range': 'comes out the same one byte at a time',
  'reads from the start of the buffer': 'means exactly what its JSON says, reply bytes included',
  'writes into the frame': 'means the same twice and is left unchanged',
  'swallows what follows garbage': 'survives garbage before it, which is counted exactly',
  'waits for an impossible length': 'costs no more than maxFrameBytes whatever its length field says',
  'stands still on garbage': 'garbage between all goldens is refused and counted, and costs no frame',
  'never decides in probe': 'probe decides within 32 bytes, whatever they are',
  'says NaN': 'says only what the model allows',
  'names a signal of no catalogue': 'says only what the model allows',
  'states a quantity twice': 'says only what the model allows',
  'forgets the reply': 'means exactly what its JSON says, reply bytes included',
  'lends the same reply to all': 'gives bytes to send that are the caller’s own',
  'acknowledges what its decode does not': 'tells a session without decoding what its decode tells',
  'lends an acknowledgement': 'gives bytes to send that are the caller’s own',
  'leaves bytes without a name': 'means the same when it is explained, and every byte has its field',
  'names bytes twice': 'is explained byte by byte in a stream, refused ranges too',
  'says more when it is explained': 'means the same when it is explained, and every byte has its field',
  'forgets to show a signal': 'means the same when it is explained, and every byte has its field',
  'shows a value on other bytes': 'shows what changes with a byte on that byte',
  'gives no reason for a mismatch': 'says why bytes are not its own where probe calls them a mismatch, and nowhere else',
};

describe('the conformance kit', () => {
  test('finds nothing wrong with the toy codec', () => {
    expect([...failures(toyCodec('none'))]).toEqual([]);
  });

  test.each(PLANTED_BUGS.filter((bug) => bug !== 'none'))('sees a codec that %s', (bug) => {
    expect(failures(toyCodec(bug))).toContain(SEEN_BY[bug]);
  });

  test('runs every check on the goldens of the toy', () => {
    const goldens = loadGoldens(folder);
    const idle = [...GOLDEN_CHECKS, ...DAMAGE_CHECKS, ...EXPLAIN_CHECKS].filter(
      ({ applies }) => !goldens.some((golden) => applies(golden, toy)),
    );
    expect(idle).toEqual([]);
  });

  test('refuses a folder without goldens', () => {
    expect(() => describeCodec(toy, { goldens: new URL('./', import.meta.url), ...facts })).toThrow('holds no golden');
  });
});

describe('the drive', () => {
  test('goes on after refused ranges and idle bytes, and keeps what is left over', () => {
    const beat = loadGoldens(folder).find(({ name }) => name === 'heartbeat')?.bytes ?? new Uint8Array(0);
    const stream = Uint8Array.from([0x13, 0x00, ...beat, 0x00, ...beat.subarray(0, 3)]);
    const drive = driveChunks(toy, [stream.subarray(0, 4), stream.subarray(4)], {
      ident: null,
      dialect: null,
      transport: 'tcp',
    });
    expect(drive.refused.map(({ at, bytes }) => [at, bytes.length])).toEqual([[0, 1]]);
    expect(drive.frames.map(({ at, bytes }) => [at, [...bytes]])).toEqual([[2, [...beat]]]);
    expect([drive.idleBytes, leftOver(drive)]).toEqual([2, 3]);
  });

  test('learns the ident from a login and ends at a fault of the session', () => {
    const [login, early] = ['login', 'position-before-login'].map((wanted) =>
      loadGoldens(folder).find(({ name }) => name === wanted),
    );
    const context = { ident: null, dialect: null, transport: 'tcp' } as const;
    const bytes = [early?.bytes ?? new Uint8Array(0), login?.bytes ?? new Uint8Array(0)];
    expect(driveChunks(toy, bytes.toReversed(), context)).toMatchObject({ context: { ident: 'TOY-7' }, closedBy: null });
    expect(driveChunks(toy, bytes, context)).toMatchObject({ closedBy: { code: 'session_login_required' } });
  });
});

test('JSON is printed in one line where it fits', () => {
  const wide = { short: [1, 2, { a: null }], long: Array.from({ length: 60 }, (_, i) => i) };
  const lines = printJson(wide).split('\n');
  expect(lines.slice(0, 4)).toEqual(['{', '  "short": [1, 2, { "a": null }],', '  "long": [', '    0,']);
  expect(JSON.parse(printJson(wide))).toEqual(wide);
});

test('positions of long frames are sampled at both ends and between, without repeats', () => {
  expect(samplePositions(3, 6)).toEqual([3, 4, 5]);
  const sampled = samplePositions(1, 5_000);
  expect(new Set(sampled).size).toBe(192);
  expect([sampled[0], sampled[95], sampled.at(-32), sampled.at(-1)]).toEqual([1, 96, 4_968, 4_999]);
});

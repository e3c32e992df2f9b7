/**
 * The conformance kit: the tests every codec must pass, over every golden it has.
 *
 * @example
 * describeCodec(teltonika, {
 *   goldens: new URL('golden/', import.meta.url),
 *   checked: (frame) => (frame.length === 17 ? null : { from: 8, end: frame.length }),
 *   lengthField: (frame) => (frame.length === 17 ? null : { offset: 4, width: 4 }),
 *   garbage: Uint8Array.of(0x13, 0x37),
 * });
 */
import { describe, test } from 'vitest';
import type { Codec } from '#protocols/codec';
import { CODEC_CHECKS } from './codec-checks.ts';
import { DAMAGE_CHECKS } from './damage-checks.ts';
import { EXPLAIN_CHECKS } from './explain-checks.ts';
import { GOLDEN_CHECKS } from './golden-checks.ts';
import { loadGoldens } from './golden.ts';
import type { FrameFacts, Subject } from './subject.ts';

export interface ConformanceOptions extends FrameFacts {
  /** The folder of goldens. */
  goldens: URL;
}

/** Defines the tests. A folder without goldens is a failure, not an empty suite. */
export function describeCodec(codec: Codec, options: ConformanceOptions): void {
  const { goldens: folder, ...facts } = options;
  const goldens = loadGoldens(folder);
  if (goldens.length === 0) throw new Error(`${folder.pathname} holds no golden: ${codec.name} is not tested at all`);
  const subject: Subject = { ...facts, codec, goldens };
  describe(`${codec.name} keeps the codec contract`, () => {
    test.each([...CODEC_CHECKS])('$sentence', ({ run }) => assertHolds(() => run(subject)));
    describe.each(goldens)('golden $name', (golden) => {
      const checks = [...GOLDEN_CHECKS, ...DAMAGE_CHECKS, ...EXPLAIN_CHECKS].filter(({ applies }) => applies(golden, codec));
      test.each(checks)('$sentence', ({ run }) => assertHolds(() => run(subject, golden)));
    });
  });
}

/** Runs a check, which throws where something does not hold. */
function assertHolds(check: () => void): void {
  check();
}

import { expect, test } from 'vitest';
import { walkAnew } from '../lifecycle/distance.ts';
import { EVIDENCE_RULES } from '../lifecycle/rules.ts';
import { evidenceOf, evidenceParts } from './evidence-parts.ts';

test('what earlier versions have stored is read, and its metres are made anew by the rules of today', () => {
  const none = {
    metres: 0,
    steps: 0,
    jitterSteps: 0,
    fastSteps: 0,
    gapSteps: 0,
    lastJitter: null,
    lastFast: null,
    lastGap: null,
  };
  const base = { ...none, metres: 120, steps: 2, anchor: { lat: 40, lon: -3 }, anchorAt: 1_000_000 };
  const walk = { ...base, metres: 520, steps: 3, anchor: { lat: 40.0036, lon: -3 }, anchorAt: 1_060_000 };
  const rest = {
    since: 5,
    rejections: {},
    erroneous: [],
    lastAccepted: null,
    distance: { base, frozenThrough: 1_000_000, walk },
  };
  const fixes = new Float64Array([1_060_000, 40.0036, -3]);
  const evidence = evidenceOf({ fixes: new Uint8Array(fixes.buffer), rest: JSON.stringify(rest) });
  expect(evidence).toMatchObject({ since: 5, odometer: null, distance: { fixes: [{ at: 1_060_000, lat: 40.0036, lon: -3 }] } });

  walkAnew(evidence.distance, EVIDENCE_RULES);
  // One step counts for a third of the distance at most.
  expect(evidence.distance.walk.metres).toBeCloseTo(120 + EVIDENCE_RULES.neededM / 3, 6);
  const again = evidenceOf(evidenceParts(evidence));
  walkAnew(again.distance, EVIDENCE_RULES);
  expect(again).toEqual(evidence);
});

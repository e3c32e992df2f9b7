import { addFix, newDistance, type Distance } from '../../src/lifecycle/distance.ts';
import { metresBetween } from '../../src/lifecycle/geodesy.ts';
import { EVIDENCE_RULES } from '../../src/lifecycle/rules.ts';
import type { Bench } from '../frame/bench.ts';
import { measureWorks } from '../frame/measure-work.ts';

/** Fixes of a tracker that are counted before it starts anew. */
const FIXES = 30;

function driver(): () => number {
  let distance: Distance = newDistance();
  let n = 0;
  return () => {
    if (n % FIXES === 0) distance = newDistance();
    n++;
    const fix = { at: 1_780_000_000_000 + n * 5_000, lat: 40 + n * 1e-5, lon: -3.7 };
    addFix(distance, fix, EVIDENCE_RULES);
    return distance.walk.metres;
  };
}

export const BENCHES: readonly Bench[] = [
  {
    name: 'lifecycle/distance',
    about: 'The distance of a step, and a fix added to the evidence that a vehicle drives.',
    seconds: 2,
    set: 'micro',
    run: async ({ round }) => {
      let n = 0;
      const step = (): number => {
        n = (n + 1) & 1_023;
        return metresBetween(40 + n * 1e-5, -3.7, 40.0001 + n * 1e-5, -3.7002);
      };
      return measureWorks(
        [
          { name: 'step', once: step, unit: 'ns/step' },
          { name: 'fix', once: driver(), unit: 'ns/fix' },
        ],
        round,
      );
    },
  },
];

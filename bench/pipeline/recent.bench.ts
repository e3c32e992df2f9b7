import { RecentRecords } from '../../src/pipeline/recent-records.ts';
import type { Bench } from '../frame/bench.ts';
import { measureWorks } from '../frame/measure-work.ts';

const WINDOW = 200_000;

/** Ids as a hash gives them; none twice. */
function asker(recent: RecentRecords): () => number {
  let n = 0;
  return () => {
    n = (n + 1) >>> 0;
    return recent.seen(Math.imul(n, 0x85eb_ca6b) >>> 0, Math.imul(n, 0x9e37_79b1) >>> 0, 1_780_000_000_000 + n) ? 1 : 0;
  };
}

export const BENCHES: readonly Bench[] = [
  {
    name: 'pipeline/recent',
    about: 'A record asked for and remembered among the latest 200,000, of which there are as many already.',
    seconds: 2,
    set: 'micro',
    run: async ({ round }) => {
      const ask = asker(new RecentRecords(WINDOW));
      for (let i = 0; i < WINDOW; i++) ask();
      return measureWorks([{ name: 'a new record', once: ask, unit: 'ns/record' }], round);
    },
  },
];

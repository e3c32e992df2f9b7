import { describe, expect, it } from 'vitest';
import { chooseBenches, type FoundBench } from './find-benches.ts';

const bench = (name: string, set?: FoundBench['set']): FoundBench => ({
  name,
  about: '',
  seconds: 1,
  file: '',
  run: async () => [],
  ...(set === undefined ? {} : { set }),
});
const all = [
  bench('codec/ruptela', 'micro'),
  bench('codec/teltonika', 'micro'),
  bench('e2e/tcp'),
  bench('rows/hundred-million', 'named'),
];
const names = (...words: string[]): string[] => chooseBenches(all, words).map(({ name }) => name);

describe('benches', () => {
  it('run without being named, but for those that must be', () => {
    expect(names()).toEqual(['codec/ruptela', 'codec/teltonika', 'e2e/tcp']);
  });

  it('are chosen by what their names begin with', () => {
    expect(names('codec', 'rows')).toEqual(['codec/ruptela', 'codec/teltonika', 'rows/hundred-million']);
    expect(() => names('codec', 'tls')).toThrow('tls');
  });
});

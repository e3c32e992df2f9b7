import { describe, expect, it } from 'vitest';
import { SIGNALS } from './signals.ts';

describe('the signal catalogue', () => {
  it('has each key once', () => {
    const keys = SIGNALS.map(({ key }) => key);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it('has no quantity under two keys: each says what the others are not', () => {
    const descriptions = SIGNALS.map(({ description }) => description);
    expect(descriptions.filter((text, index) => descriptions.indexOf(text) !== index)).toEqual([]);
  });

  it('maps no two keys to one path of VSS', () => {
    const paths = SIGNALS.flatMap(({ vss }) => vss ?? []);
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
  });

  it('names quantities in at most three levels', () => {
    expect(SIGNALS.map(({ key }) => key).filter((key) => !/^[a-z0-9_]+(\.[a-z0-9_]+){1,2}$/.test(key))).toEqual([]);
  });
});

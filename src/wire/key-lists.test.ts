import { describe, expect, it } from 'vitest';
import { KeyLists } from './key-lists.ts';

const newLists = () => new KeyLists((keys) => ({ keys }));

describe('lists of keys', () => {
  it('are the same for the same keys in the same order, and no other', () => {
    const lists = newLists();
    const list = lists.of(['a', 'toy.io.1']);
    expect(list).not.toBe(null);
    expect(lists.of(['a', 'toy.io.1'])).toBe(list);
    expect(lists.of(['toy.io.1', 'a'])?.keys).toEqual(['toy.io.1', 'a']);
    expect(lists.of(['a'])?.keys).toEqual(['a']);
    expect(lists.of([])?.keys).toEqual([]);
  });

  it('go by the first keys of a longer array where they are asked to', () => {
    const lists = newLists();
    const list = lists.of(['a', 'b', 'left over'], 2);
    expect(list?.keys).toEqual(['a', 'b']);
    expect(lists.of(['a', 'b'])).toBe(list);
    expect(lists.of(['left', 'b', 'over'], 2)?.keys).toEqual(['left', 'b']);
    expect(lists.of(['a'], 0)?.keys).toEqual([]);
  });

  it('keep their keys whatever becomes of the array they were seen in, and are that array where nothing can', () => {
    const lists = newLists();
    const given = ['toy.io.1'];
    const list = lists.of(given);
    given[0] = 'toy.io.2';
    expect(list?.keys).toEqual(['toy.io.1']);
    expect(lists.of(given)?.keys).toEqual(['toy.io.2']);
    const frozen = Object.freeze(['toy.io.3', 'toy.io.4']);
    expect(lists.of(frozen)?.keys).toBe(frozen);
    expect(lists.of(Object.freeze(['toy.io.5', 'toy.io.6']), 1)?.keys).toEqual(['toy.io.5']);
  });

  it('are not remembered without end', () => {
    const lists = newLists();
    const first = lists.of(['toy.io.0']);
    let told = 0;
    for (let i = 1; i < 1_000; i++) if (lists.of([`toy.io.${i}`]) !== null) told++;
    expect(told).toBeLessThan(1_000 / 10);
    expect(lists.of(['toy.io.0'])).toBe(first);
    expect(lists.of(Array.from({ length: 1_000 }, (_, i) => `toy.io.${i}`))).toBe(null);
  });

  it('that come up later find room after a while', () => {
    const lists = newLists();
    for (let i = 0; i < 8; i++) lists.of([`toy.io.${i}`]);
    let list = null;
    for (let i = 0; i < 40; i++) list = lists.of(['toy.late']);
    expect(list?.keys).toEqual(['toy.late']);
  });
});

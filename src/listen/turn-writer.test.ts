import { describe, expect, it } from 'vitest';
import { TurnWriter } from './turn-writer.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('The writer of a turn', () => {
  it('writes once all of it is said, in the order of the first words', async () => {
    const written: string[] = [];
    const writer = new TurnWriter<string>((name) => written.push(name));
    writer.add('a');
    writer.add('b');
    expect(written).toEqual([]);
    await Promise.resolve();
    expect(written).toEqual(['a', 'b']);
    writer.add('a');
    await Promise.resolve();
    expect(written).toEqual(['a', 'b', 'a']);
  });

  it('leaves what is much to the next turns, and what is added meanwhile behind it', async () => {
    const written: number[] = [];
    const writer = new TurnWriter<number>((n) => {
      written.push(n);
      if (n === 300) writer.add(1_000);
    });
    for (let n = 0; n < 600; n++) writer.add(n);
    const lengths: number[] = [];
    for (let turns = 0; turns < 4; turns++) {
      lengths.push(written.length);
      await turn();
    }
    expect(lengths[0]).toBe(0);
    expect(lengths[1]).toBeLessThan(600);
    expect(written).toEqual([...Array.from({ length: 600 }, (_, n) => n), 1_000]);
  });

  it('writes what is added while the last ones are written', async () => {
    const written: string[] = [];
    const writer = new TurnWriter<string>((name) => {
      written.push(name);
      if (name === 'a') writer.add('b');
    });
    writer.add('a');
    await turn();
    expect(written).toEqual(['a', 'b']);
  });
});

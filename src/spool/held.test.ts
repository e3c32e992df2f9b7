import { describe, expect, it } from 'vitest';
import { HeldRecords } from './held.ts';

const of = (listener: string, frames: number, protocol = 'lines') => ({ listener, protocol, frames });

const sum = (list: { frames: number }[]): number => list.reduce((all, { frames }) => all + frames, 0);

describe('what a spool holds', () => {
  it('is counted by listener and protocol until it is taken on, in order', () => {
    const held = new HeldRecords();
    held.add(7, 'a', 'lines');
    held.add(8, 'b', 'lines');
    held.add(9, 'a', 'bytes');
    expect(held.counts()).toEqual([of('a', 1), of('b', 1), of('a', 1, 'bytes')]);
    expect(held.take(8)).toEqual([of('a', 1), of('b', 1)]);
    expect(held.take(8)).toEqual([]);
    expect(held.counts()).toEqual([of('a', 1, 'bytes')]);
  });

  it('goes by positions: what was passed over is given with what came behind it', () => {
    const held = new HeldRecords();
    for (const seq of [1, 2, 3, 4]) held.add(seq, seq < 3 ? 'a' : 'b', 'lines');
    expect(held.take(4)).toEqual([of('a', 1), of('a', 1), of('b', 1), of('b', 1)]);
  });

  it('forgets what was never durable, and goes on behind it', () => {
    const held = new HeldRecords();
    for (let seq = 1; seq <= 10_000; seq++) held.add(seq, 'a', 'lines');
    held.take(2);
    held.dropFrom(5);
    expect(held.counts()).toEqual([of('a', 2)]);
    held.add(20_000, 'b', 'lines');
    expect(held.take(20_000).map(({ listener }) => listener)).toEqual(['a', 'a', 'b']);
    expect(held.counts()).toEqual([]);
  });

  it('adds up over many blocks, with numbers missing among them', () => {
    const held = new HeldRecords();
    for (let seq = 1; seq <= 30_000; seq += 1 + (seq % 3)) held.add(seq, `l${seq % 5}`, 'lines');
    const all = sum(held.counts());
    let taken = 0;
    for (let through = 0; through <= 30_000; through += 777) {
      taken += held.take(through).length;
      expect(sum(held.counts())).toBe(all - taken);
    }
    taken += held.take(30_000).length;
    expect(taken).toBe(all);
  });
});

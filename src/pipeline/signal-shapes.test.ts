import { describe, expect, it } from 'vitest';
import { SignalShapes } from './signal-shapes.ts';

const keys = (...names: string[]): string[] => names;

describe('shapes of signals', () => {
  it('are the same for the same keys in the same order, and no other', () => {
    const shapes = new SignalShapes();
    const shape = shapes.of(keys('engine.speed.value', 'toy.io.1'));
    expect(shape).not.toBe(null);
    expect(shapes.of(keys('engine.speed.value', 'toy.io.1'))).toBe(shape);
    expect(shapes.of(keys('toy.io.1', 'engine.speed.value'))?.keys).toEqual(['toy.io.1', 'engine.speed.value']);
    expect(shapes.of(keys('engine.speed.value'))?.keys).toEqual(['engine.speed.value']);
    expect(shapes.of([])?.keys).toEqual([]);
  });

  it('keep their keys whatever becomes of the array they were seen in', () => {
    const shapes = new SignalShapes();
    const given = keys('toy.io.1');
    const shape = shapes.of(given);
    given[0] = 'toy.io.2';
    expect(shape?.keys).toEqual(['toy.io.1']);
    expect(shapes.of(given)?.keys).toEqual(['toy.io.2']);
  });

  it('know the bounds of the catalogue', () => {
    const shape = new SignalShapes().of(
      keys('toy.io.1', 'engine.speed.value', 'ignition.state.on', 'engine.coolant.temperature'),
    );
    expect(shape).toMatchObject({ bounded: [1, 2, 3], mins: [0, 0, -60], maxs: [20_000, 1, 250] });
  });

  it('are not remembered without end', () => {
    const shapes = new SignalShapes();
    const first = shapes.of(keys('toy.io.0'));
    let told = 0;
    for (let i = 1; i < 1_000; i++) if (shapes.of(keys(`toy.io.${i}`)) !== null) told++;
    expect(told).toBeLessThan(1_000 / 10);
    expect(shapes.of(keys('toy.io.0'))).toBe(first);
    expect(shapes.of(Array.from({ length: 1_000 }, (_, i) => `toy.io.${i}`))).toBe(null);
  });

  it('that come up later find room after a while', () => {
    const shapes = new SignalShapes();
    for (let i = 0; i < 8; i++) shapes.of(keys(`toy.io.${i}`));
    let shape = null;
    for (let i = 0; i < 40; i++) shape = shapes.of(keys('toy.late'));
    expect(shape?.keys).toEqual(['toy.late']);
  });
});

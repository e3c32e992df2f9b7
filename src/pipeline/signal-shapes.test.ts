import { expect, it } from 'vitest';
import { SignalShapes } from './signal-shapes.ts';

it('the shape of signals knows their keys, and the bounds of the catalogue', () => {
  const shape = new SignalShapes().of(['toy.io.1', 'engine.speed.value', 'ignition.state.on', 'engine.coolant.temperature']);
  expect(shape).toEqual({
    keys: ['toy.io.1', 'engine.speed.value', 'ignition.state.on', 'engine.coolant.temperature'],
    bounded: [1, 2, 3],
    mins: [0, 0, -60],
    maxs: [20_000, 1, 250],
  });
});

/** What the catalogue says of the signals of a message, by the list of their keys: it need not be looked up for each message. */
import { SIGNAL_BY_KEY } from '#model/signals';
import { KeyLists, type KnownList } from '#wire/key-lists';

/** Keys in order, and what the catalogue says of them. */
export interface SignalShape extends KnownList {
  /** Places of the keys that the catalogue gives a bound, and the bounds, beside each other. */
  readonly bounded: readonly number[];
  readonly mins: readonly number[];
  readonly maxs: readonly number[];
}

/** The shapes of the latest messages. */
export class SignalShapes extends KeyLists<SignalShape> {
  constructor() {
    super(shapeOf);
  }
}

function shapeOf(keys: readonly string[]): SignalShape {
  const shape = { keys, bounded: [] as number[], mins: [] as number[], maxs: [] as number[] };
  for (let i = 0; i < keys.length; i++) {
    const facts = SIGNAL_BY_KEY.get(keys[i] as string);
    if (facts === undefined || (facts.min === null && facts.max === null)) continue;
    shape.bounded.push(i);
    shape.mins.push(facts.min ?? Number.NEGATIVE_INFINITY);
    shape.maxs.push(facts.max ?? Number.POSITIVE_INFINITY);
  }
  return shape;
}

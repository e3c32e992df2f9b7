/**
 * Which keys the signals of a message have, in order. Trackers say the same keys again and again, so that what is known of a key need
 * not be looked up for each message: it is enough to see that they are the same as before, which costs a comparison of pointers each.
 */
import { SIGNAL_BY_KEY } from '#model/signals';

/** Keys in order, and what the catalogue says of them. */
export interface SignalShape {
  /** Frozen: all messages of this shape share it. */
  readonly keys: readonly string[];
  /** Places of the keys that the catalogue gives a bound, and the bounds, beside each other. */
  readonly bounded: readonly number[];
  readonly mins: readonly number[];
  readonly maxs: readonly number[];
}

/** Signals of a message whose shape is remembered; one with more is looked at key by key. */
const SIGNALS_MOST = 192;
/** Shapes with as many signals that are remembered. */
const SHAPES_MOST = 8;
/** Of the messages of a shape that finds no room, one in so many drives another out. */
const PATIENCE = 16;

/** The shapes of the latest messages, by the number of their signals. */
export class SignalShapes {
  readonly #byLength: SignalShape[][] = Array.from({ length: SIGNALS_MOST + 1 }, () => []);
  #misses = 0;

  /** The shape with these keys; `null` where it is not worth remembering. */
  of(keys: readonly string[]): SignalShape | null {
    const shapes = this.#byLength[keys.length];
    if (shapes === undefined) return null;
    for (let i = 0; i < shapes.length; i++) {
      const shape = shapes[i] as SignalShape;
      if (!isSame(shape.keys, keys)) continue;
      // What is asked for often moves to the front, a step at a time: two in turns stay beside each other.
      if (i > 0) {
        shapes[i] = shapes[i - 1] as SignalShape;
        shapes[i - 1] = shape;
      }
      return shape;
    }
    if (shapes.length === SHAPES_MOST && ++this.#misses % PATIENCE !== 0) return null;
    const shape = shapeOf(keys);
    shapes[Math.min(shapes.length, SHAPES_MOST - 1)] = shape;
    return shape;
  }
}

/** From the end: records of one device differ in their last signals first. */
function isSame(left: readonly string[], right: readonly string[]): boolean {
  if (left === right) return true;
  for (let i = right.length - 1; i >= 0; i--) if (left[i] !== right[i]) return false;
  return true;
}

function shapeOf(keys: readonly string[]): SignalShape {
  const shape = { keys: Object.freeze(keys.slice()), bounded: [] as number[], mins: [] as number[], maxs: [] as number[] };
  for (let i = 0; i < keys.length; i++) {
    const facts = SIGNAL_BY_KEY.get(keys[i] as string);
    if (facts === undefined || (facts.min === null && facts.max === null)) continue;
    shape.bounded.push(i);
    shape.mins.push(facts.min ?? Number.NEGATIVE_INFINITY);
    shape.maxs.push(facts.max ?? Number.POSITIVE_INFINITY);
  }
  return shape;
}

/**
 * Lists of keys that come again and again, each kept once with what is known of it. Trackers say the same keys in the same order in
 * message after message: it is enough to see that they are the same as before, which costs a comparison of pointers each.
 */

/** What is kept of a list: at least the list. */
export interface KnownList {
  /** Frozen: all who have this list share it. */
  readonly keys: readonly string[];
}

/** Keys of a list that is kept; a longer one is looked at key by key. */
const KEYS_MOST = 192;
/** Lists with as many keys that are kept. */
const LISTS_MOST = 8;
/** Of the lists that find no room, one in so many drives another out. */
const PATIENCE = 16;

/** The latest lists, by their lengths. */
export class KeyLists<T extends KnownList> {
  readonly #byLength: T[][] = Array.from({ length: KEYS_MOST + 1 }, () => []);
  readonly #make: (keys: readonly string[]) => T;
  #misses = 0;

  /** `make` is given a list that never changes. */
  constructor(make: (keys: readonly string[]) => T) {
    this.#make = make;
  }

  /** What is known of the first `length` of these keys; `null` where they are not worth keeping. */
  of(keys: readonly string[], length = keys.length): T | null {
    const lists = this.#byLength[length];
    if (lists === undefined) return null;
    for (let i = 0; i < lists.length; i++) {
      const list = lists[i] as T;
      if (!isSame(list.keys, keys, length)) continue;
      // What is asked for often moves to the front, a step at a time: two in turns stay beside each other.
      if (i > 0) {
        lists[i] = lists[i - 1] as T;
        lists[i - 1] = list;
      }
      return list;
    }
    if (lists.length === LISTS_MOST && ++this.#misses % PATIENCE !== 0) return null;
    const isShared = keys.length === length && Object.isFrozen(keys);
    const list = this.#make(isShared ? keys : Object.freeze(keys.slice(0, length)));
    lists[Math.min(lists.length, LISTS_MOST - 1)] = list;
    return list;
  }
}

/** From the end: records of one device differ in their last signals first. */
function isSame(left: readonly string[], right: readonly string[], length: number): boolean {
  if (left === right) return true;
  for (let i = length - 1; i >= 0; i--) if (left[i] !== right[i]) return false;
  return true;
}

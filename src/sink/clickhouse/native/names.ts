import { elementsOf, type Column, type Held, type Runs } from './column.ts';
import { grown, runBytes } from './numbers.ts';
import { mostOf, putText } from './put.ts';

/** Names that an index of 16 bits can tell apart; where there are more, it has 32. */
const NARROW_NAMES = 0x1_0000;
const INDEX_16 = 1;
const INDEX_32 = 2;
/** The names follow, all of them, and belong to this block alone. */
const OWN_NAMES = 0x600;
const WORD_BYTES = 8;
/** Lists of names that are known at a time. */
const LISTS_MOST = 4_096;

type Indexes = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** A column of `LowCardinality(String)`: each different text once, and by number what each element is. */
export class Names implements Column {
  readonly width = 2;
  readonly hasNames = true;
  readonly extent = 0;
  readonly #held: Held;
  #indexes: Indexes = new Uint16Array(0);
  #count = 0;
  /** By index. The empty text is the first, as ClickHouse has it. */
  readonly #names = [''];
  readonly #indexOf = new Map([['', 0]]);
  #last = '';
  #lastIndex = 0;
  /** Indexes of lists that can never change, by the list itself. */
  readonly #lists = new Map<readonly string[], readonly number[]>();
  #lastList: readonly string[] | null = null;
  #lastIndexes: readonly number[] = [];

  constructor(held: Held) {
    this.#held = held;
  }

  put(element: number, name: string): void {
    if (name !== this.#last) {
      this.#lastIndex = this.#find(name);
      this.#last = name;
    }
    this.#indexes[element] = this.#lastIndex;
    this.#count = element + 1;
  }

  /** Puts a list of names from an element on. Messages that have the same keys mostly share the list. */
  putAll(element: number, names: readonly string[]): void {
    const known = names === this.#lastList ? this.#lastIndexes : this.#indexesOf(names);
    if (known === null) {
      for (let i = 0; i < names.length; i++) this.put(element + i, names[i] as string);
      return;
    }
    const indexes = this.#indexes;
    for (let i = 0; i < known.length; i++) indexes[element + i] = known[i] as number;
    this.#count = element + known.length;
  }

  grow(elements: number): void {
    this.#indexes = grown(this.#indexes, elements);
  }

  cutTo(elements: number): void {
    this.#count = elements;
  }

  addTo(chunks: Uint8Array[], runs: Runs): void {
    const elements = elementsOf(runs);
    // Of nothing there is not even a dictionary.
    if (elements === 0) return;
    const { names, indexes } = elements === this.#count ? { names: this.#names, indexes: this.#indexes } : this.#some(runs);
    chunks.push(headOf(names, indexes, elements), runBytes(indexes, 0, elements));
  }

  /** Some elements, with their own names alone: no other row may be why these are refused. */
  #some(runs: Runs): { names: string[]; indexes: Indexes } {
    const names = [''];
    const renumbered = new Map([[0, 0]]);
    const indexes = runs.flatMap(([from, to]) =>
      Array.from(this.#indexes.subarray(from, to), (index) => {
        const known = renumbered.get(index);
        if (known !== undefined) return known;
        renumbered.set(index, names.length);
        return names.push(this.#names[index] as string) - 1;
      }),
    );
    return { names, indexes: names.length > NARROW_NAMES ? Uint32Array.from(indexes) : Uint16Array.from(indexes) };
  }

  /** Indexes of a list that can never change; `null` for any other, which may have other names the next time. */
  #indexesOf(names: readonly string[]): readonly number[] | null {
    let known = this.#lists.get(names);
    if (known === undefined) {
      if (this.#lists.size >= LISTS_MOST || !Object.isFrozen(names)) return null;
      known = names.map((name) => this.#find(name));
      this.#lists.set(names, known);
    }
    this.#lastList = names;
    this.#lastIndexes = known;
    return known;
  }

  #find(name: string): number {
    const known = this.#indexOf.get(name);
    if (known !== undefined) return known;
    if (typeof name !== 'string') throw new TypeError(`${String(name)} is no name`);
    const index = this.#names.push(name) - 1;
    this.#indexOf.set(name, index);
    this.#held.bytes += mostOf(name);
    if (index === NARROW_NAMES) this.#indexes = Uint32Array.from(this.#indexes);
    return index;
  }
}

/** What stands before the indexes: how wide they are, the names, and how many elements there are. */
function headOf(names: readonly string[], indexes: Indexes, elements: number): Uint8Array {
  const bytes = new Uint8Array(names.reduce((sum, name) => sum + mostOf(name), 3 * WORD_BYTES));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, OWN_NAMES | (indexes.BYTES_PER_ELEMENT === 2 ? INDEX_16 : INDEX_32), true);
  view.setUint32(WORD_BYTES, names.length, true);
  let at = 2 * WORD_BYTES;
  for (const name of names) at = putText(bytes, at, name);
  view.setUint32(at, elements, true);
  return bytes.subarray(0, at + WORD_BYTES);
}

import { elementsOf, type Column, type Held, type Runs } from './column.ts';
import type { Names } from './names.ts';
import { grown, runBytes } from './numbers.ts';

const INITIAL_ENTRIES = 4;

/**
 * A column of `Map(LowCardinality(String), …)`, or of `Array(LowCardinality(String))`, which has no values beside the names: where the
 * entries of each element end, and the entries of all. A map is pairs to ClickHouse: a key that a device states twice stays twice.
 */
export class Lists<Values extends Column | null> implements Column {
  readonly width = 8;
  readonly hasNames = true;
  readonly names: Names;
  readonly values: Values;
  readonly #held: Held;
  readonly #columns: readonly Column[];
  readonly #entryBytes: number;
  #ends = new Uint32Array(0);
  #entries = 0;
  #capacity: number;

  /** `expectedEntries` is about as many as will be put: growing copies everything once more. */
  constructor(held: Held, names: Names, values: Values, expectedEntries = 0) {
    this.#held = held;
    this.names = names;
    this.values = values;
    this.#columns = values === null ? [names] : [names, values];
    this.#entryBytes = this.#columns.reduce((sum, { width }) => sum + width, 0);
    this.#capacity = Math.max(INITIAL_ENTRIES, expectedEntries);
    for (const column of this.#columns) column.grow(this.#capacity);
  }

  get extent(): number {
    return this.#entries;
  }

  /** Makes room for the entries of an element, and gives the number of the first: names and values are put by it. */
  begin(element: number, entries: number): number {
    const first = this.#entries;
    const end = first + entries;
    if (end > this.#capacity) this.#growTo(end);
    this.#ends[element] = end;
    this.#entries = end;
    this.#held.bytes += entries * this.#entryBytes;
    return first;
  }

  grow(elements: number): void {
    this.#ends = grown(this.#ends, elements);
  }

  cutTo(elements: number): void {
    this.#entries = this.#startOf(elements);
    for (const column of this.#columns) column.cutTo(this.#entries);
  }

  addTo(chunks: Uint8Array[], runs: Runs): void {
    const offsets = new Uint32Array(2 * elementsOf(runs));
    let at = 0;
    let before = 0;
    for (const [from, to] of runs) {
      const start = this.#startOf(from);
      for (let element = from; element < to; element++) {
        offsets[at] = before + (this.#ends[element] as number) - start;
        at += 2;
      }
      before += this.#startOf(to) - start;
    }
    chunks.push(runBytes(offsets, 0, offsets.length));
    const entries = runs.map(([from, to]) => [this.#startOf(from), this.#startOf(to)] as const);
    for (const column of this.#columns) column.addTo(chunks, entries);
  }

  #startOf(element: number): number {
    return element === 0 ? 0 : (this.#ends[element - 1] as number);
  }

  #growTo(least: number): void {
    this.#capacity = Math.max(2 * this.#capacity, least);
    for (const column of this.#columns) column.grow(this.#capacity);
  }
}

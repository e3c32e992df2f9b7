/** Columns of numbers: arrays of the machine's own, whose byte order is ClickHouse's on every machine that has its engine. */
import { elementsOf, type Column, type Runs } from './column.ts';

export type Numbers =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

const TWO_32 = 0x1_0000_0000;

/** The same numbers with room for so many. */
export function grown<Values extends Numbers>(values: Values, length: number): Values {
  const larger = new (values.constructor as new (length: number) => Values)(length);
  larger.set(values);
  return larger;
}

/** The bytes of some of the numbers, as a view. */
export function runBytes(values: Numbers, from: number, to: number): Uint8Array {
  const size = values.BYTES_PER_ELEMENT;
  return new Uint8Array(values.buffer, from * size, (to - from) * size);
}

/** A column of one of the types that arrays have. Values are set where they are known, so that each place sees one kind of array. */
export class Fixed<Values extends Numbers> implements Column {
  readonly width: number;
  readonly hasNames = false;
  readonly extent = 0;
  values: Values;

  constructor(values: Values) {
    this.values = values;
    this.width = values.BYTES_PER_ELEMENT;
  }

  grow(elements: number): void {
    this.values = grown(this.values, elements);
  }

  cutTo(): void {
    // The next element is set over what is there.
  }

  addTo(chunks: Uint8Array[], runs: Runs): void {
    for (const [from, to] of runs) chunks.push(runBytes(this.values, from, to));
  }
}

/** A column of `UInt64`, or of `DateTime64(3)`, which is epoch milliseconds: two words each, the lower first. */
export class Wholes implements Column {
  readonly width = 8;
  readonly hasNames = false;
  readonly extent = 0;
  #words = new Uint32Array(0);

  /** Puts a whole number within ±2^53. */
  put(element: number, value: number): void {
    const high = Math.floor(value / TWO_32);
    this.#words[2 * element] = value - high * TWO_32;
    this.#words[2 * element + 1] = high;
  }

  putHalves(element: number, hi: number, lo: number): void {
    this.#words[2 * element] = lo;
    this.#words[2 * element + 1] = hi;
  }

  grow(elements: number): void {
    this.#words = grown(this.#words, 2 * elements);
  }

  cutTo(): void {
    // The next element is set over what is there.
  }

  addTo(chunks: Uint8Array[], runs: Runs): void {
    for (const [from, to] of runs) chunks.push(runBytes(this.#words, 2 * from, 2 * to));
  }
}

/** A column of a `UInt64` that is the same in every row. */
export class Constant implements Column {
  readonly width = 0;
  readonly hasNames = false;
  readonly extent = 0;
  #value = 0n;

  set(value: bigint): void {
    this.#value = value;
  }

  grow(): void {
    // There is nothing for each element.
  }

  cutTo(): void {
    // There is nothing for each element.
  }

  addTo(chunks: Uint8Array[], runs: Runs): void {
    const values = new BigUint64Array(elementsOf(runs)).fill(this.#value);
    chunks.push(new Uint8Array(values.buffer));
  }
}

/** A `Nullable` column: which elements are not there, then the values, 0 for those. */
export class Optional<Values extends Numbers> implements Column {
  readonly width: number;
  readonly hasNames = false;
  readonly extent = 0;
  absent = new Uint8Array(0);
  values: Values;

  constructor(values: Values) {
    this.values = values;
    this.width = 1 + values.BYTES_PER_ELEMENT;
  }

  grow(elements: number): void {
    this.absent = grown(this.absent, elements);
    this.values = grown(this.values, elements);
  }

  cutTo(): void {
    // The next element is set over what is there.
  }

  addTo(chunks: Uint8Array[], runs: Runs): void {
    for (const [from, to] of runs) chunks.push(runBytes(this.absent, from, to));
    for (const [from, to] of runs) chunks.push(runBytes(this.values, from, to));
  }
}

// One function for each kind of array: a store that meets several is slower for all of them.

export function putOptionalF32(column: Optional<Float32Array<ArrayBuffer>>, at: number, value: number | null): void {
  column.absent[at] = value === null ? 1 : 0;
  column.values[at] = value === null ? 0 : value;
}

export function putOptionalF64(column: Optional<Float64Array<ArrayBuffer>>, at: number, value: number | null): void {
  column.absent[at] = value === null ? 1 : 0;
  column.values[at] = value === null ? 0 : value;
}

export function putOptionalU8(column: Optional<Uint8Array<ArrayBuffer>>, at: number, value: number | null): void {
  column.absent[at] = value === null ? 1 : 0;
  column.values[at] = value === null ? 0 : value;
}

/** A `Nullable(DateTime64(3))` column: which elements are not there, then the times. */
export class OptionalTimes implements Column {
  readonly width = 9;
  readonly hasNames = false;
  readonly extent = 0;
  readonly #absent = new Fixed(new Uint8Array(0));
  readonly #times = new Wholes();

  put(element: number, value: number | null): void {
    this.#absent.values[element] = value === null ? 1 : 0;
    this.#times.put(element, value === null ? 0 : value);
  }

  grow(elements: number): void {
    this.#absent.grow(elements);
    this.#times.grow(elements);
  }

  cutTo(): void {
    // The next element is set over what is there.
  }

  addTo(chunks: Uint8Array[], runs: Runs): void {
    this.#absent.addTo(chunks, runs);
    this.#times.addTo(chunks, runs);
  }
}

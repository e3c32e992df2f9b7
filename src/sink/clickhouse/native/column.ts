/** Elements of a column that are wanted, in order: where each run of them begins, and where it has ended. */
export type Runs = readonly (readonly [from: number, to: number])[];

/** How many elements they are. */
export function elementsOf(runs: Runs): number {
  let elements = 0;
  for (const [from, to] of runs) elements += to - from;
  return elements;
}

/** What columns hold beyond the width of their rows: texts, entries of lists and maps, names that are new. */
export interface Held {
  bytes: number;
}

/**
 * One column of a block, as it grows. Elements are put by their number, one after the other, each after `grow` made room for it: what is
 * written beyond is lost without a word.
 */
export interface Column {
  /** Bytes that an element takes whatever its value. */
  readonly width: number;
  /** Whether it has a dictionary of names, whose version a block says before the values. */
  readonly hasNames: boolean;
  /** How much it has of what is not of fixed size: bytes of texts, entries of lists and maps. */
  readonly extent: number;
  /** Makes room for so many elements. */
  grow(elements: number): void;
  /** Forgets the elements behind so many. */
  cutTo(elements: number): void;
  /** Adds the bytes of some elements as a block has them. They may be views of the column: to be copied before more is put. */
  addTo(chunks: Uint8Array[], runs: Runs): void;
}

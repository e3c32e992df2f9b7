/**
 * Rows of a table as one block of ClickHouse's Native format: counts of columns and rows, then each column with its name, its type and all
 * its values. Source: ClickHouse documentation, "Formats", Native, and src/Formats/NativeReader.cpp for what it does not say.
 */
import { COLUMNS, columnTypes, type FastTable } from '../columns.ts';
import { elementsOf, type Column, type Held, type Runs } from './column.ts';
import { Lists } from './lists.ts';
import { Names } from './names.ts';
import { Constant, Fixed, Optional, OptionalTimes, Wholes, type Numbers } from './numbers.ts';
import { mostOf, putCount, putText } from './put.ts';
import { Texts } from './texts.ts';

/** A batch over many months has many blocks with few rows each. */
const INITIAL_ROWS = 4;
/** Where a dictionary of names is, its version goes first: 1, in 64 bits. */
const NAMES_VERSION = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
const COUNT_BYTES = 5;

/** The column that holds values of a type. */
type ColumnOf<Type extends string> = Type extends 'String'
  ? Texts
  : Type extends 'Bool' | 'UInt8'
    ? Fixed<Uint8Array<ArrayBuffer>>
    : Type extends 'UInt16'
      ? Fixed<Uint16Array<ArrayBuffer>>
      : Type extends 'UInt32'
        ? Fixed<Uint32Array<ArrayBuffer>>
        : Type extends 'Float32'
          ? Fixed<Float32Array<ArrayBuffer>>
          : Type extends 'Float64'
            ? Fixed<Float64Array<ArrayBuffer>>
            : Type extends 'UInt64' | `DateTime64(${string})`
              ? Wholes
              : Type extends 'LowCardinality(String)'
                ? Names
                : Type extends `Nullable(${infer Of})`
                  ? OptionalOf<ColumnOf<Of>>
                  : Type extends 'Array(LowCardinality(String))'
                    ? Lists<null>
                    : Type extends `Map(LowCardinality(String), ${infer Of})`
                      ? Lists<ColumnOf<Of>>
                      : never;

type OptionalOf<Of> = Of extends Fixed<infer Values> ? Optional<Values> : Of extends Wholes ? OptionalTimes : never;

/** Columns whose value the rows of a block share: said once, and not for each of them. */
const SHARED = ['batch_id', 'spool_id'] as const;

/** The columns of a table by their names. */
export type ColumnsOf<Table extends FastTable> = {
  readonly [Name in keyof (typeof COLUMNS)[Table]]: Name extends (typeof SHARED)[number]
    ? Constant
    : ColumnOf<(typeof COLUMNS)[Table][Name] & string>;
};

/** How many rows a block has, and how much else each column has, in their order. */
export interface BlockSize {
  rows: number;
  extents: readonly number[];
}

export const NO_SIZE: BlockSize = { rows: 0, extents: [] };

export class Block<Table extends FastTable> {
  readonly table: Table;
  readonly columns: ColumnsOf<Table>;
  readonly #all: readonly Column[];
  readonly #held: Held = { bytes: 0 };
  readonly #rowBytes: number;
  #rows = 0;
  #capacity = 0;

  /** `expected` is about as much as will be put: growing copies everything once more. */
  constructor(table: Table, expected: BlockSize = NO_SIZE) {
    this.table = table;
    const columns = columnTypes(table).map(
      ([name, type], i) =>
        [name, isShared(name) ? new Constant() : newColumn(type, this.#held, expected.extents[i] ?? 0)] as const,
    );
    this.columns = Object.fromEntries(columns) as unknown as ColumnsOf<Table>;
    this.#all = columns.map(([, column]) => column);
    this.#rowBytes = this.#all.reduce((sum, { width }) => sum + width, 0);
    this.#growTo(Math.max(INITIAL_ROWS, expected.rows));
  }

  get rows(): number {
    return this.#rows;
  }

  /** What the rows take, about: the room for those that are not there yet is not counted. */
  get bytes(): number {
    return this.#rows * this.#rowBytes + this.#held.bytes;
  }

  get size(): BlockSize {
    return { rows: this.#rows, extents: this.#all.map(({ extent }) => extent) };
  }

  /** Adds the row whose values `write` puts under the number it is given. Where it throws, so does this, and the row is forgotten. */
  add(write: (columns: ColumnsOf<Table>, row: number) => void): void {
    const row = this.#rows;
    if (row === this.#capacity) this.#growTo(2 * row);
    const { bytes } = this.#held;
    try {
      write(this.columns, row);
    } catch (error) {
      for (const column of this.#all) column.cutTo(row);
      this.#held.bytes = bytes;
      throw error;
    }
    this.#rows = row + 1;
  }

  /** Some of the rows as the body of an insert. In one piece: pieces are copied no less on their way, and each is a write of its own. */
  encode(runs: Runs): Uint8Array {
    const chunks = [countsOf(this.#all.length, elementsOf(runs))];
    const types = columnTypes(this.table);
    for (let i = 0; i < types.length; i++) {
      const [name, type] = types[i] as (typeof types)[number];
      const column = this.#all[i] as Column;
      chunks.push(headOf(name, type));
      if (column.hasNames) chunks.push(NAMES_VERSION);
      column.addTo(chunks, runs);
    }
    return Buffer.concat(chunks);
  }

  #growTo(rows: number): void {
    this.#capacity = rows;
    for (const column of this.#all) column.grow(rows);
  }
}

function newColumn(type: string, held: Held, expectedExtent: number): Column {
  const [, outer = type, inner = ''] = /^(\w+)\((.*)\)$/s.exec(type) ?? [];
  switch (outer) {
    case 'Nullable': {
      const of = newColumn(inner, held, 0);
      return of instanceof Fixed ? new Optional(of.values as Numbers) : new OptionalTimes();
    }
    case 'LowCardinality':
      return new Names(held);
    case 'Array':
      return new Lists(held, new Names(held), null, expectedExtent);
    case 'Map':
      return new Lists(held, new Names(held), newColumn(inner.replace(/^.*?, /, ''), held, 0), expectedExtent);
    case 'UInt64':
    case 'DateTime64':
      return new Wholes();
    case 'String':
      return new Texts(held, expectedExtent);
    case 'Bool':
    case 'UInt8':
      return new Fixed(new Uint8Array(0));
    case 'UInt16':
      return new Fixed(new Uint16Array(0));
    case 'UInt32':
      return new Fixed(new Uint32Array(0));
    case 'Float32':
      return new Fixed(new Float32Array(0));
    case 'Float64':
      return new Fixed(new Float64Array(0));
    default:
      throw new TypeError(`no column has the type ${type}`);
  }
}

function isShared(name: string): boolean {
  return (SHARED as readonly string[]).includes(name);
}

function countsOf(columns: number, rows: number): Uint8Array {
  const bytes = new Uint8Array(2 * COUNT_BYTES);
  return bytes.subarray(0, putCount(bytes, putCount(bytes, 0, columns), rows));
}

function headOf(name: string, type: string): Uint8Array {
  const bytes = new Uint8Array(mostOf(name) + mostOf(type));
  return bytes.subarray(0, putText(bytes, putText(bytes, 0, name), type));
}

/**
 * Reads a block of the Native format back, column by column: for the operator who asks what ClickHouse refused. It knows the types that
 * `columns.ts` names and no others, and nothing of how blocks are written.
 */

/** One value as read back. Times are epoch milliseconds, `UInt64` is a bigint, a map is its pairs, `String` is its bytes. */
export type RowValue = number | bigint | boolean | null | Uint8Array | readonly RowValue[];

/** A column of a block. */
export interface ReadColumn {
  name: string;
  type: string;
  values: readonly RowValue[];
}

const INDEX_WIDTHS = [1, 2, 4] as const;
const decoder = new TextDecoder();

/** Reads the block that the bytes begin with. Throws a `RangeError` where they end early or go on behind it. */
export function readBlock(bytes: Uint8Array): ReadColumn[] {
  const reader = new BlockReader(bytes);
  const columns = reader.count();
  const rows = reader.count();
  const all = Array.from({ length: columns }, (): ReadColumn => {
    const name = decoder.decode(reader.text());
    const type = decoder.decode(reader.text());
    if (type.includes('LowCardinality')) reader.expect(1n, 'the version of a dictionary');
    return { name, type, values: reader.values(type, rows) };
  });
  if (reader.left > 0) throw new RangeError(`${reader.left} bytes are behind the block`);
  return all;
}

class BlockReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  count(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#fixed(1, (at) => this.#view.getUint8(at));
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  text(): Uint8Array {
    const length = this.count();
    return this.#fixed(length, (at) => this.#bytes.subarray(at, at + length));
  }

  expect(wanted: bigint, what: string): void {
    const is = this.#uint64();
    if (is !== wanted) throw new RangeError(`${what} is ${is}, not ${wanted}`);
  }

  /** Reads so many values of a type as ClickHouse writes it, for example `Map(LowCardinality(String), Float64)`. */
  values(type: string, count: number): RowValue[] {
    const [, outer = type, inner = ''] = /^(\w+)\((.*)\)$/s.exec(type) ?? [];
    switch (outer) {
      case 'LowCardinality':
        return this.#names(inner, count);
      case 'Nullable': {
        const absent = this.values('Bool', count);
        return this.values(inner, count).map((value, i) => (absent[i] === true ? null : value));
      }
      case 'Array': {
        const ends = this.#ends(count);
        return cut(this.values(inner, ends.at(-1) ?? 0), ends);
      }
      case 'Map': {
        const [key = '', value = ''] = /^(.*\)|\w+), (.*)$/s.exec(inner)?.slice(1) ?? [];
        const ends = this.#ends(count);
        const keys = this.values(key, ends.at(-1) ?? 0);
        const values = this.values(value, keys.length);
        return cut(
          keys.map((of, i) => [of, values[i] as RowValue]),
          ends,
        );
      }
      case 'DateTime64':
        return this.#each(count, 8, (at) => Number(this.#view.getBigInt64(at, true)));
      default:
        return this.#plain(type, count);
    }
  }

  #plain(type: string, count: number): RowValue[] {
    switch (type) {
      case 'String':
        return Array.from({ length: count }, () => this.text());
      case 'Bool':
        return this.#each(count, 1, (at) => this.#view.getUint8(at) !== 0);
      case 'UInt8':
        return this.#each(count, 1, (at) => this.#view.getUint8(at));
      case 'UInt16':
        return this.#each(count, 2, (at) => this.#view.getUint16(at, true));
      case 'UInt32':
        return this.#each(count, 4, (at) => this.#view.getUint32(at, true));
      case 'UInt64':
        return this.#each(count, 8, (at) => this.#view.getBigUint64(at, true));
      case 'Float32':
        return this.#each(count, 4, (at) => this.#view.getFloat32(at, true));
      case 'Float64':
        return this.#each(count, 8, (at) => this.#view.getFloat64(at, true));
      default:
        throw new TypeError(`no column has the type ${type}`);
    }
  }

  /** Values that are told by their numbers in a list of all different ones. Of none there is no list. */
  #names(type: string, count: number): RowValue[] {
    if (count === 0) return [];
    const flags = Number(this.#uint64());
    const width = INDEX_WIDTHS[flags & 0xff];
    if (width === undefined || flags >> 8 !== 6) throw new RangeError(`a dictionary is of the kind ${flags}`);
    const names = this.values(type, Number(this.#uint64()));
    this.expect(BigInt(count), 'the count of names');
    const indexes = this.values(`UInt${8 * width}`, count);
    return indexes.map((index) => {
      const name = names[Number(index)];
      if (name === undefined) throw new RangeError(`name ${String(index)} is not among the ${names.length} there are`);
      return name;
    });
  }

  #ends(count: number): number[] {
    return Array.from({ length: count }, () => Number(this.#uint64()));
  }

  #uint64(): bigint {
    return this.#fixed(8, (at) => this.#view.getBigUint64(at, true));
  }

  #each(count: number, size: number, read: (at: number) => RowValue): RowValue[] {
    return Array.from({ length: count }, () => this.#fixed(size, read));
  }

  #fixed<T>(count: number, read: (at: number) => T): T {
    if (count > this.left) throw new RangeError(`${count} bytes are wanted, ${this.left} are left`);
    const value = read(this.#at);
    this.#at += count;
    return value;
  }
}

function cut(entries: readonly RowValue[], ends: readonly number[]): RowValue[] {
  return ends.map((end, i) => entries.slice(i === 0 ? 0 : ends[i - 1], end));
}

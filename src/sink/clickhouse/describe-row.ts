/**
 * Reads a row of RowBinary back into words, by the types of its columns: for the operator who asks what ClickHouse refused.
 * It knows the types that `columns.ts` names and no others.
 */
const decoder = new TextDecoder();
const LONGEST_TEXT = 64;

/** One value as read back. Times are epoch milliseconds, `UInt64` is a bigint, a map is its pairs, `String` is its bytes. */
export type RowValue = number | bigint | boolean | null | Uint8Array | readonly RowValue[];

/** Reads values of RowBinary one after the other. Throws a `RangeError` where the bytes end. */
export class RowBinaryReader {
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

  /** Reads a value of a type as ClickHouse writes it, for example `Map(LowCardinality(String), Float64)`. */
  read(type: string): RowValue {
    const [, outer = type, inner = ''] = /^(\w+)\((.*)\)$/s.exec(type) ?? [];
    switch (outer) {
      case 'LowCardinality':
        return this.read(inner);
      case 'Nullable':
        return this.#fixed(1, (at) => this.#view.getUint8(at)) === 1 ? null : this.read(inner);
      case 'Array':
        return Array.from({ length: this.#count() }, () => this.read(inner));
      case 'Map': {
        const [key = '', value = ''] = /^(.*\)|\w+), (.*)$/s.exec(inner)?.slice(1) ?? [];
        return Array.from({ length: this.#count() }, () => [this.read(key), this.read(value)]);
      }
      case 'DateTime64':
        return Number(this.#fixed(8, (at) => this.#view.getBigInt64(at, true)));
      default:
        return this.#plain(type);
    }
  }

  #plain(type: string): RowValue {
    switch (type) {
      case 'String': {
        const length = this.#count();
        return this.#fixed(length, (at) => this.#bytes.subarray(at, at + length));
      }
      case 'Bool':
        return this.#fixed(1, (at) => this.#view.getUint8(at) !== 0);
      case 'UInt8':
        return this.#fixed(1, (at) => this.#view.getUint8(at));
      case 'UInt16':
        return this.#fixed(2, (at) => this.#view.getUint16(at, true));
      case 'UInt32':
        return this.#fixed(4, (at) => this.#view.getUint32(at, true));
      case 'UInt64':
        return this.#fixed(8, (at) => this.#view.getBigUint64(at, true));
      case 'Float32':
        return this.#fixed(4, (at) => this.#view.getFloat32(at, true));
      case 'Float64':
        return this.#fixed(8, (at) => this.#view.getFloat64(at, true));
      default:
        throw new TypeError(`no column has the type ${type}`);
    }
  }

  #count(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#fixed(1, (at) => this.#view.getUint8(at));
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  #fixed<T>(count: number, read: (at: number) => T): T {
    if (count > this.left) throw new RangeError(`${count} bytes are wanted, ${this.left} are left`);
    const value = read(this.#at);
    this.#at += count;
    return value;
  }
}

/** Writes the first row in the bytes as `name=value` pairs; long texts are cut. */
export function describeRow(bytes: Uint8Array, columns: readonly (readonly [name: string, type: string])[]): string {
  const reader = new RowBinaryReader(bytes);
  return columns.map(([name, type]) => `${name}=${inWords(reader.read(type), type)}`).join(' ');
}

function inWords(value: RowValue, type: string): string {
  if (value === null) return 'null';
  if (type.includes('DateTime64')) return new Date(Number(value)).toISOString();
  if (value instanceof Uint8Array) {
    const text = JSON.stringify(decoder.decode(value.subarray(0, LONGEST_TEXT)));
    return value.length > LONGEST_TEXT ? `${text}… (${value.length} bytes)` : text;
  }
  if (typeof value === 'object') return `[${value.map((item) => inWords(item, '')).join(', ')}]`;
  return String(value);
}

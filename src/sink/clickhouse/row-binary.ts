/**
 * Writes values as ClickHouse's RowBinary has them: little-endian numbers, lengths as unsigned LEB128, no separators.
 * Source: ClickHouse documentation, "Formats", RowBinary. A `LowCardinality(T)` is written as its `T`.
 */
/** A batch over many months has many writers with few rows each. */
const INITIAL_BYTES = 4 * 1024;
const CACHED_TEXTS = 8_192;
/** Up to here the length takes one byte, and a loop over ASCII beats the encoder's call. */
const SHORT_TEXT = 0x7f;
const encoder = new TextEncoder();

/** A growing buffer of rows. */
export class RowBinaryWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** Texts that come again and again, length and bytes, ready to be copied. */
  readonly #texts: Map<string, Uint8Array>;

  /** Writers may share the cache of repeated texts. */
  constructor(texts = new Map<string, Uint8Array>()) {
    this.#texts = texts;
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes written, as a view. */
  bytes(from = 0, to = this.#length): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** Forgets what was written behind a length. */
  cutTo(length: number): void {
    this.#length = length;
  }

  u8(value: number): void {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
  }

  bool(value: boolean): void {
    const at = this.#room(1);
    this.#view.setUint8(at, value ? 1 : 0);
  }

  u16(value: number): void {
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }

  /** A `UInt64` given as a number of up to 2^53. */
  u64(value: number): void {
    this.u64Halves(Math.floor(value / 0x1_0000_0000), value % 0x1_0000_0000);
  }

  /** A `UInt64` given as two halves of 32 bits. */
  u64Halves(hi: number, lo: number): void {
    const at = this.#room(8);
    this.#view.setUint32(at, lo, true);
    this.#view.setUint32(at + 4, hi, true);
  }

  f32(value: number): void {
    const at = this.#room(4);
    this.#view.setFloat32(at, value, true);
  }

  f64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }

  /** A `DateTime64(3)`: epoch milliseconds, whole, within ±2^53. */
  time(epochMs: number): void {
    const at = this.#room(8);
    this.#view.setUint32(at, ((epochMs % 0x1_0000_0000) + 0x1_0000_0000) % 0x1_0000_0000, true);
    this.#view.setInt32(at + 4, Math.floor(epochMs / 0x1_0000_0000), true);
  }

  /** The mark before a `Nullable` value. True where a value must follow. */
  present<T>(value: T | null): value is T {
    this.u8(value === null ? 1 : 0);
    return value !== null;
  }

  /** A length or count. */
  count(value: number): void {
    let left = value;
    while (left >= 0x80) {
      this.u8((left & 0x7f) | 0x80);
      left = Math.floor(left / 0x80);
    }
    this.u8(left);
  }

  /** A `String` that is different each time. */
  text(value: string): void {
    const { length } = value;
    if (length > SHORT_TEXT) {
      this.blob(encoder.encode(value));
      return;
    }
    const start = this.#length;
    const at = this.#room(length + 1);
    this.#bytes[at] = length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) {
        this.#length = start;
        this.blob(encoder.encode(value));
        return;
      }
      this.#bytes[at + 1 + i] = unit;
    }
  }

  /** A `String` of a closed set, such as a key or a code. */
  name(value: string): void {
    let cached = this.#texts.get(value);
    if (cached === undefined) {
      const from = this.#length;
      this.text(value);
      cached = this.#bytes.slice(from, this.#length);
      if (this.#texts.size >= CACHED_TEXTS) this.#texts.clear();
      this.#texts.set(value, cached);
      return;
    }
    const at = this.#room(cached.length);
    this.#bytes.set(cached, at);
  }

  /** A `String` of bytes. */
  blob(bytes: Uint8Array): void {
    this.count(bytes.length);
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #room(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, at + count));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = at + count;
    return at;
  }
}

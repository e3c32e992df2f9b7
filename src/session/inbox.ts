const EMPTY = new Uint8Array(0);

/**
 * The bytes of one connection that are not consumed yet. A chunk that arrives when nothing is left over is worked on where it
 * lies; only what remains of it afterwards is copied. An idle connection therefore holds no memory here.
 */
export class Inbox {
  /** Look only at `[from, to)`. Valid until the next `add` or `settle`. */
  bytes: Uint8Array = EMPTY;
  from = 0;
  to = 0;
  /** Bytes that must be there before looking again is of use. */
  needed = 0;
  /** Memory of our own, as opposed to the caller's chunk. */
  #own: Uint8Array = EMPTY;

  get length(): number {
    return this.to - this.from;
  }

  /** Adds a chunk behind what is left. The chunk is only borrowed until `settle`. */
  add(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.bytes = chunk;
      this.from = 0;
      this.to = chunk.length;
      return;
    }
    this.#keep(this.length + chunk.length);
    this.#own.set(chunk, this.to);
    this.to += chunk.length;
  }

  /** Marks everything before `end` as used. */
  consume(end: number): void {
    this.from = end;
    this.needed = 0;
  }

  /** Copies what is left of a borrowed chunk; gives memory back when nothing is left. */
  settle(): void {
    if (this.length === 0) this.clear();
    else if (this.bytes !== this.#own) this.#keep(this.length);
  }

  clear(): void {
    this.bytes = EMPTY;
    this.#own = EMPTY;
    this.from = 0;
    this.to = 0;
    this.needed = 0;
  }

  /** Moves what is left to the start of our own memory, with room for `capacity` bytes. */
  #keep(capacity: number): void {
    const { bytes, from, to, length } = this;
    if (bytes === this.#own && from + capacity <= bytes.length) return;
    const target = capacity <= this.#own.length ? this.#own : new Uint8Array(Math.max(capacity, this.#own.length * 2));
    if (target === bytes) target.copyWithin(0, from, to);
    else target.set(bytes.subarray(from, to));
    this.#own = target;
    this.bytes = target;
    this.from = 0;
    this.to = length;
  }
}

import type { Column, Held, Runs } from './column.ts';
import { grown, runBytes } from './numbers.ts';
import { mostOf, putBlob, putText, TEXT_HEAD_BYTES } from './put.ts';

const INITIAL_BYTES = 48;
/** Up to here a loop beats the call that copies. */
const SHORT_COPY = 24;

/** A column of `String`. */
export class Texts implements Column {
  readonly width = 0;
  readonly hasNames = false;
  readonly #held: Held;
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  /** Where each element ends. */
  #ends = new Uint32Array(0);
  /** The text of the element before, and where it stands with its length; 0 bytes for none. */
  #last = '';
  #lastAt = 0;
  #lastBytes = 0;

  /** `expectedBytes` is about as much as will be put: growing copies everything once more. */
  constructor(held: Held, expectedBytes = 0) {
    this.#held = held;
    this.#bytes = new Uint8Array(Math.max(INITIAL_BYTES, expectedBytes));
  }

  get extent(): number {
    return this.#length;
  }

  /** Puts a text. One that is that of the element before is copied, without a look at a letter. */
  put(element: number, value: string): void {
    const known = this.#lastBytes;
    if (known > 0 && value === this.#last) {
      const at = this.#room(known);
      const from = this.#lastAt;
      const bytes = this.#bytes;
      if (known > SHORT_COPY) bytes.copyWithin(at, from, from + known);
      else for (let i = 0; i < known; i++) bytes[at + i] = bytes[from + i] as number;
      this.#end(element, at + known);
      return;
    }
    if (typeof value !== 'string') throw new TypeError(`${String(value)} is no text`);
    const at = this.#room(mostOf(value));
    const end = putText(this.#bytes, at, value);
    this.#last = value;
    this.#lastAt = at;
    this.#lastBytes = end - at;
    this.#end(element, end);
  }

  /** Puts bytes as they are. */
  putBytes(element: number, value: Uint8Array): void {
    const at = this.#room(TEXT_HEAD_BYTES + value.length);
    this.#end(element, putBlob(this.#bytes, at, value));
  }

  grow(elements: number): void {
    this.#ends = grown(this.#ends, elements);
  }

  cutTo(elements: number): void {
    this.#length = this.#startOf(elements);
    this.#lastBytes = 0;
  }

  addTo(chunks: Uint8Array[], runs: Runs): void {
    for (const [from, to] of runs) chunks.push(runBytes(this.#bytes, this.#startOf(from), this.#startOf(to)));
  }

  #startOf(element: number): number {
    return element === 0 ? 0 : (this.#ends[element - 1] as number);
  }

  #room(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) this.#bytes = grown(this.#bytes, Math.max(this.#bytes.length * 2, at + count));
    return at;
  }

  #end(element: number, end: number): void {
    this.#held.bytes += end - this.#length;
    this.#length = end;
    this.#ends[element] = end;
  }
}

/** Texts that rows say again and again, as their bytes: ready to be copied. Shared by all writers of a sink. */

const CACHED_NAMES = 8_192;
/** Numbers of a map whose keys are kept together, and how many such lists of one length are. */
const KEYS_MOST = 192;
const LISTS_MOST = 8;
const VALUE_BYTES = 8;

/** The bytes of a map of numbers whose keys are known: only the values are left to be written, each at its place. */
export interface NumbersTemplate {
  readonly keys: readonly string[];
  readonly bytes: Uint8Array;
  readonly valueAts: readonly number[];
}

export class RepeatedTexts {
  readonly #names = new Map<string, Uint8Array>();
  readonly #templates: NumbersTemplate[][] = Array.from({ length: KEYS_MOST + 1 }, () => []);
  #joined = { first: '', version: -1, second: '', third: '', bytes: new Uint8Array(0) };
  readonly #encode: (text: string) => Uint8Array;

  /** `encode` gives a text as rows have it, its length included. */
  constructor(encode: (text: string) => Uint8Array) {
    this.#encode = encode;
  }

  /** A text of a closed set, such as a key or a code. */
  name(value: string): Uint8Array {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    const bytes = this.#encode(value);
    if (this.#names.size >= CACHED_NAMES) this.#names.clear();
    this.#names.set(value, bytes);
    return bytes;
  }

  /** Two names with a version after the first, and a third: joined for the last combination of them. */
  joined(first: string, version: number, second: string, third: string): Uint8Array {
    const last = this.#joined;
    if (last.first !== first || last.version !== version || last.second !== second || last.third !== third) {
      const parts = [
        this.name(first),
        Uint8Array.of(version & 0xff, (version >>> 8) & 0xff),
        this.name(second),
        this.name(third),
      ];
      const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
      }
      this.#joined = { first, version, second, third, bytes };
    }
    return this.#joined.bytes;
  }

  /**
   * The template for these keys; `null` where they are likely to be others the next time. Lists are known by the array itself, so
   * only those are kept that can never change.
   */
  numbers(keys: readonly string[]): NumbersTemplate | null {
    const templates = this.#templates[keys.length];
    if (templates === undefined) return null;
    for (let i = 0; i < templates.length; i++) {
      const template = templates[i] as NumbersTemplate;
      if (template.keys !== keys) continue;
      if (i > 0) {
        templates[i] = templates[i - 1] as NumbersTemplate;
        templates[i - 1] = template;
      }
      return template;
    }
    if (!Object.isFrozen(keys)) return null;
    const template = this.#templateOf(keys);
    templates[Math.min(templates.length, LISTS_MOST - 1)] = template;
    return template;
  }

  #templateOf(keys: readonly string[]): NumbersTemplate {
    // At most 192 keys: their count takes two bytes from 128 on.
    const head = keys.length < 0x80 ? [keys.length] : [(keys.length & 0x7f) | 0x80, keys.length >>> 7];
    const names = keys.map((key) => this.name(key));
    const bytes = new Uint8Array(head.length + names.reduce((sum, name) => sum + name.length + VALUE_BYTES, 0));
    bytes.set(head);
    let at = head.length;
    const valueAts: number[] = [];
    for (const name of names) {
      bytes.set(name, at);
      valueAts.push(at + name.length);
      at += name.length + VALUE_BYTES;
    }
    return { keys, bytes, valueAts };
  }
}

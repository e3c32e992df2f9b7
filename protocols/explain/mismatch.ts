/** What speaks against bytes being the beginning of a protocol, in words. */
import { toHex } from '#wire/hex';

export interface Mismatch {
  /** Where it shows; absolute in the array. */
  offset: number;
  /** What would have to stand there: `00`, `a length from 3 to 16372`. */
  expected: string;
  /** What stands there. */
  found: string;
}

/**
 * Notes down why no frame starts here, where somebody wants to know, and gives the mark that says so. Codecs look for frames with
 * one function for the gateway, which wants no words, and for an explanation.
 */
export function none(
  why: Mismatch[] | null,
  bytes: Uint8Array,
  from: number,
  end: number,
  expected: string,
  found: number | string | null = null,
): 'none' {
  why?.push({ offset: from, expected, found: found === null ? toHex(bytes.subarray(from, end)) : String(found) });
  return 'none';
}

/** Makes `Codec.mismatch` of the function with which a codec looks for frames. */
export const mismatchBy =
  (mark: (bytes: Uint8Array, from: number, to: number, why: Mismatch[]) => unknown) =>
  (bytes: Uint8Array, from: number, to: number): Mismatch | null => {
    const why: Mismatch[] = [];
    mark(bytes, from, to, why);
    return why[0] ?? null;
  };

/**
 * MurmurHash3, x86 32-bit variant (Austin Appleby's published algorithm), over bytes.
 *
 * Two of them with different seeds make the 64-bit record id: plain numbers, no BigInt and no call out of JavaScript on the
 * hot path. The id tells apart messages of one ident at one instant; it is no protection against forgery.
 */
export function murmur3(bytes: Uint8Array, seed: number): number {
  const hashes: TwoHashes = { first: 0, second: 0 };
  murmur3Twice(bytes, seed, seed, hashes);
  return hashes.first >>> 0;
}

/** Two hashes of the same bytes, as whole numbers with or without a sign. */
export interface TwoHashes {
  first: number;
  second: number;
}

/**
 * Both hashes of the bytes in `[from, end)`, for two seeds, into `out`: the bytes are read, and each block multiplied, once
 * (`npm run bench -- wire/record-id`).
 */
export function murmur3Twice(
  bytes: Uint8Array,
  seedA: number,
  seedB: number,
  out: TwoHashes,
  from = 0,
  end = bytes.length,
): void {
  const length = end - from;
  const blocks = from + (length & ~3);
  let a = seedA | 0;
  let b = seedB | 0;
  for (let i = from; i < blocks; i += 4) {
    const k = mixed(
      (bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24),
    );
    a ^= k;
    a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    b ^= k;
    b = (Math.imul((b << 13) | (b >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (blocks < end) {
    let tail = 0;
    for (let i = end - 1; i >= blocks; i--) tail = (tail << 8) | (bytes[i] as number);
    tail = mixed(tail);
    a ^= tail;
    b ^= tail;
  }
  out.first = finished(a ^ length);
  out.second = finished(b ^ length);
}

function mixed(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function finished(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The same over the characters of an ASCII text. */
export function murmur3Ascii(text: string, seed: number): number {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return murmur3(bytes, seed);
}

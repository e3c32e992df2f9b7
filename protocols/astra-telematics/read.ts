/**
 * Fixed-width integers at an offset, big-endian unless the name says otherwise. Bounds are the caller's: every reader here is
 * called inside a range that was measured. The cursor of `wire` checks each read, which the measuring has already done.
 */

export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function u24(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) << 8) | (bytes[at + 2] as number);
}

export function u24le(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 2] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at] as number);
}

export function i32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) << 16) | u16(bytes, at + 2);
}

export function u32(bytes: Uint8Array, at: number): number {
  return i32(bytes, at) >>> 0;
}

/** Tells whether every byte of the range has the value. */
export function isFilledWith(bytes: Uint8Array, from: number, to: number, value: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== value) return false;
  return true;
}

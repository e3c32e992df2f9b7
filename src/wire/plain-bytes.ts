/**
 * Gives the same memory as a plain `Uint8Array`. Node reads sockets and files into `Buffer`s, whose `slice` is a view where a
 * plain array's is a copy: a codec that changes what it has copied would write into the frame. Codecs are given plain arrays.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

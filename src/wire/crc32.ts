/**
 * The 32-bit check of IEEE 802.3, as zlib, PNG and Ethernet have it (CRC-32/ISO-HDLC in the CRC catalogue): reflected
 * polynomial 0xEDB88320, initial value and final xor all ones.
 */
const TABLE = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc >>> 0;
});

/** Computes the check over `bytes[from, to)`, as an unsigned number. */
export function crc32(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0xffff_ffff;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

/**
 * Reflected 16-bit cyclic redundancy checks, as trackers use them, eight bytes a step.
 *
 * Parameters follow the names of the CRC catalogue (reveng): ARC is what Teltonika's documents call CRC-16/IBM,
 * MODBUS is Astra's, KERMIT Ruptela's, X-25 that of GT06.
 */

/** Computes the check over `bytes[from, to)`. */
export type Crc16 = (bytes: Uint8Array, from: number, to: number) => number;

const STEP = 8;

/** Of each byte the check it leaves at the end of a step, and behind it that of the bytes before it in the step. */
function tableFor(reflectedPolynomial: number): Uint16Array {
  const table = new Uint16Array(256 * STEP);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ reflectedPolynomial : crc >>> 1;
    table[byte] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const crc = table[i - 256] as number;
    table[i] = (crc >>> 8) ^ (table[crc & 0xff] as number);
  }
  return table;
}

function crc16(reflectedPolynomial: number, initial: number, xorOut: number): Crc16 {
  const table = tableFor(reflectedPolynomial);
  return (bytes, from, to) => crcOf(table, bytes, from, to, initial) ^ xorOut;
}

// A byte-at-a-time table costs 165 ns for 90 bytes and dominates the decoding of a frame; slices of eight cost 50. One array and not
// eight: the processor has not as many registers as those have lengths and places, and 98 bytes took 1.6 times as long
// (`npm run bench -- wire/crc`).
function crcOf(table: Uint16Array, bytes: Uint8Array, from: number, to: number, initial: number): number {
  let crc = initial;
  let i = from;
  for (const last = to - STEP; i <= last; i += STEP) {
    crc ^= (bytes[i] as number) | ((bytes[i + 1] as number) << 8);
    crc =
      (table[0x700 | (crc & 0xff)] as number) ^
      (table[0x600 | (crc >>> 8)] as number) ^
      (table[0x500 | (bytes[i + 2] as number)] as number) ^
      (table[0x400 | (bytes[i + 3] as number)] as number) ^
      (table[0x300 | (bytes[i + 4] as number)] as number) ^
      (table[0x200 | (bytes[i + 5] as number)] as number) ^
      (table[0x100 | (bytes[i + 6] as number)] as number) ^
      (table[bytes[i + 7] as number] as number);
  }
  for (; i < to; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return crc;
}

export const crc16Arc: Crc16 = crc16(0xa001, 0x0000, 0x0000);
export const crc16Modbus: Crc16 = crc16(0xa001, 0xffff, 0x0000);
export const crc16Kermit: Crc16 = crc16(0x8408, 0x0000, 0x0000);
export const crc16X25: Crc16 = crc16(0x8408, 0xffff, 0xffff);

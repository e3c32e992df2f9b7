import type { ErrorCode } from './codes.ts';

/** Something wrong with bytes, as a value: codecs return it, nothing on the hot path throws. */
export interface Fault {
  code: ErrorCode;
  /** What is wrong, with the numbers: "crc is 0xA8B0, computed 0x1234". */
  detail: string;
  /** Byte offset in the frame where it was noticed. */
  offset: number;
}

/** Makes a fault. */
export function fault(code: ErrorCode, offset: number, detail: string): Fault {
  return { code, detail, offset };
}

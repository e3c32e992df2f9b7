import type { ErrorCode } from './codes.ts';

/** Something wrong with bytes, as a value: codecs return it, nothing on the hot path throws. */
export interface Fault {
  code: ErrorCode;
  /** What is wrong, with the numbers: "crc is 0xA8B0, computed 0x1234". */
  detail: string;
  /** Byte offset in the frame where it was noticed; `null` where `detail` names the place in other words, as a JSON path. */
  offset: number | null;
}

/** Makes a fault. */
export function fault(code: ErrorCode, offset: number | null, detail: string): Fault {
  return { code, detail, offset };
}

/** Says where a fault is, as an addition to its detail: nothing where the detail says it itself. */
export function placeOf({ offset }: Fault): string {
  return offset === null ? '' : ` (at byte ${offset})`;
}

import { withLuhnDigit } from '#model/ident';

/** The ident of a tracker of the bench: of the range for tests (TAC 00101001, 3GPP TS 23.003), with its Luhn digit. */
export function imeiOf(index: number): string {
  return withLuhnDigit(`00101001${String(index).padStart(6, '0')}`);
}

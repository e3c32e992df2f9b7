/**
 * Vehicle identification numbers: ISO 3779 (seventeen characters, no I, O or Q), and the check digit in position 9 that
 * 49 CFR 565.15(c) and GB 16735 require in North America and China. Elsewhere position 9 means nothing.
 */

/** Letters stand for digits by their place in these rows: A, J are 1; B, K, S are 2; and so on. */
const LETTER_ROWS = ['_ABCDEFGH', '_JKLMNOPQR', '__STUVWXYZ'] as const;
const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2] as const;

/** Computes the character that position 9 must have by the North American rule. Expects seventeen VIN characters, upper case. */
export function vinCheckDigit(vin: string): string {
  let sum = 0;
  for (let i = 0; i < WEIGHTS.length; i++) {
    const char = vin.charAt(i);
    const row = LETTER_ROWS.find((letters) => letters.includes(char));
    sum += (row === undefined ? Number(char) : row.indexOf(char)) * (WEIGHTS[i] as number);
  }
  const remainder = sum % 11;
  return remainder === 10 ? 'X' : String(remainder);
}

/** Tells whether the region of the first characters requires the check digit: USA, Canada, Mexico, China. */
function vinHasCheckDigit(vin: string): boolean {
  return /^([1-5L]|7[F-Z0-9])/.test(vin);
}

/** Says in words what is wrong with a VIN, or `null` where nothing is. Letters may be lower case. */
export function vinProblem(text: string): string | null {
  const vin = text.toUpperCase();
  if (vin.length !== 17) return `a VIN has 17 characters, this has ${vin.length}`;
  const wrong = /[^A-HJ-NPR-Z0-9]/.exec(vin);
  if (wrong !== null)
    return `a VIN has digits and letters without I, O and Q, this has "${wrong[0]}" at position ${wrong.index + 1}`;
  if (!vinHasCheckDigit(vin)) return null;
  const right = vinCheckDigit(vin);
  if (vin.charAt(8) === right) return null;
  return `position 9 of a VIN from North America or China is its check digit, which is "${right}" here, not "${vin.charAt(8)}"`;
}

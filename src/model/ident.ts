/** Sum of the digits from the right, every second one doubled and its digits added (ISO/IEC 7812-1, annex B). */
function luhnSum(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const weighted = i % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum;
}

/**
 * Tells whether the digits end in a right Luhn check digit (ISO/IEC 7812-1, annex B), as an IMEI's fifteen do
 * (3GPP TS 23.003, annex B).
 */
export function hasLuhnDigit(digits: string): boolean {
  return /^\d{2,}$/.test(digits) && luhnSum(digits) % 10 === 0;
}

/** Adds the Luhn check digit to digits that have none yet. */
export function withLuhnDigit(digits: string): string {
  return `${digits}${(10 - (luhnSum(`${digits}0`) % 10)) % 10}`;
}

/** Tells whether the text is an IMEI: fifteen digits, the last of them the Luhn digit. */
export function isImei(text: string): boolean {
  return text.length === 15 && hasLuhnDigit(text);
}

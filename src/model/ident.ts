/**
 * Tells whether the digits end in a right Luhn check digit (ISO/IEC 7812-1, annex B), as an IMEI's fifteen do
 * (3GPP TS 23.003, annex B).
 */
export function hasLuhnDigit(digits: string): boolean {
  if (!/^\d{2,}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const weighted = i % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

/** Tells whether the text is an IMEI: fifteen digits, the last of them the Luhn digit. */
export function isImei(text: string): boolean {
  return text.length === 15 && hasLuhnDigit(text);
}

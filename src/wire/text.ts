/** Text inside frames: ASCII, padded with zeros or blanks. */

/** Gives `bytes[from, to)` as text without the zeros and blanks at its end, or `null` where they are no printable ASCII. */
export function printable(bytes: Uint8Array, from: number, to: number): string | null {
  let end = to;
  while (end > from && (bytes[end - 1] === 0 || bytes[end - 1] === 0x20)) end--;
  let text = '';
  for (let at = from; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < 0x20 || byte > 0x7e) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Text inside frames: ASCII, padded with zeros or blanks. */

/** The bytes as text without the zeros and blanks at its end, or `null` where they are no printable ASCII. */
export function printable(bytes: Uint8Array, from: number, to: number): string | null {
  let end = to;
  while (end > from && (bytes[end - 1] === 0 || bytes[end - 1] === 0x20)) end--;
  let text = '';
  for (let i = from; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x20 || byte > 0x7e) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Tells whether all bytes are printable ASCII, tabs or line ends. */
export function isPlainText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte <= 0x7e) || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}

/** Bytes as people read them. Pure. */

export const IN_LINE = 16;

/** Lines of a dump of hex digits. Pure. */
export function dumpOf(hex: string): { offset: string; bytes: string; text: string }[] {
  const pairs = hex.match(/../g) ?? [];
  const lines = Math.ceil(pairs.length / IN_LINE);
  return Array.from({ length: lines }, (_, i) => {
    const line = pairs.slice(i * IN_LINE, (i + 1) * IN_LINE);
    const halves = [line.slice(0, IN_LINE / 2).join(' '), line.slice(IN_LINE / 2).join(' ')];
    const text = line
      .map((pair) => Number.parseInt(pair, 16))
      .map((byte) => (byte >= 32 && byte < 127 ? String.fromCodePoint(byte) : '·'));
    return { offset: (i * IN_LINE).toString(16).padStart(4, '0'), bytes: halves.join('  ').trimEnd(), text: text.join('') };
  });
}

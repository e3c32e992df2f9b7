import { expect, test } from 'vitest';
import { qrLines, qrSvg } from './qr.ts';

const URL = 'https://telematics.example.com/track/#3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

test('the terminal shows the same modules as the picture', () => {
  const svg = qrSvg(URL);
  const side = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const drawn = new Set([...svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x},${y}`));
  const shown = new Set<string>();
  for (const [line, text] of qrLines(URL).entries()) {
    // Behind the colours, and before their end.
    const cells = Array.from((text.split('m').at(1) ?? '').replace('\u001B[0', ''));
    expect(cells).toHaveLength(side);
    for (const [x, cell] of cells.entries()) {
      if ('▀█'.includes(cell)) shown.add(`${x},${2 * line}`);
      if ('▄█'.includes(cell)) shown.add(`${x},${2 * line + 1}`);
    }
  }
  expect(drawn.size).toBeGreaterThan(300);
  expect(shown).toEqual(drawn);
});

test('four light modules surround the code, and its three corners are the marks that cameras look for', () => {
  const svg = qrSvg(URL);
  const side = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const isDark = (x: number, y: number) => svg.includes(`M${x} ${y}h1v1h-1z`);
  for (let i = 0; i < side; i++) expect(isDark(i, 3) || isDark(3, i) || isDark(i, side - 4) || isDark(side - 4, i)).toBe(false);
  for (const [left, top] of [[4, 4] as const, [side - 11, 4] as const, [4, side - 11] as const]) {
    for (let i = 0; i < 7; i++) expect(isDark(left + i, top) && isDark(left, top + i) && isDark(left + i, top + 6)).toBe(true);
    expect(isDark(left + 1, top + 1)).toBe(false);
  }
});

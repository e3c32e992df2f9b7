/** Draws a tree of calls as a flame graph: one SVG that needs nothing else. Widths are time, callers stand below what they call. */
import type { Call } from './cpu-profile.ts';

const WIDTH = 1_400;
const ROW = 15;
const FONT = 10;
/** Width of a letter, about. */
const LETTER = 5.9;
/** What is narrower is left out: it cannot be seen, and would be most of the file. */
const NARROWEST = 1.4;
const TITLE_HEIGHT = 24;

const COLOURS: Record<string, string> = { node: '#c9ced6', '': '#e3b3a5' };
const OWN = ['#f2b84b', '#7fb77e', '#6fa8dc', '#d99ac5', '#e08e5b', '#8ec6c5', '#b0a1dd', '#c2b280', '#9fc5e8', '#d5a6a1'];

export function flameSvg(all: Call, title: string): string {
  const colours = new Map<string, string>();
  const colourOf = (folder: string): string => {
    const known = COLOURS[folder] ?? colours.get(folder);
    if (known !== undefined) return known;
    const colour = folder.includes('/') ? (OWN[colours.size % OWN.length] as string) : '#aab7c4';
    colours.set(folder, colour);
    return colour;
  };
  const boxes: { call: Call; x: number; depth: number; width: number }[] = [];
  const place = (call: Call, x: number, depth: number): void => {
    const width = (call.total / all.total) * WIDTH;
    if (width < NARROWEST) return;
    boxes.push({ call, x, depth, width });
    let left = x;
    for (const child of [...call.calls.values()].sort((a, b) => a.name.localeCompare(b.name))) {
      place(child, left, depth + 1);
      left += (child.total / all.total) * WIDTH;
    }
  };
  place(all, 0, 0);
  const deepest = Math.max(...boxes.map(({ depth }) => depth));
  const height = TITLE_HEIGHT + (deepest + 1) * ROW;
  const shapes = boxes.map(({ call, x, depth, width }) => {
    const y = height - (depth + 1) * ROW;
    const share = ((call.total / all.total) * 100).toFixed(1);
    const letters = Math.floor((width - 4) / LETTER);
    const text =
      letters < 4 ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + ROW - 4}">${escaped(call.name.slice(0, letters))}</text>`;
    const box = `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(call.folder)}"/>`;
    return `<g><title>${escaped(call.name)} ${share} %</title>${box}${text}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="${FONT}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="4" y="16" font-size="13">${escaped(title)}</text>`,
    ...shapes,
    '</svg>\n',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

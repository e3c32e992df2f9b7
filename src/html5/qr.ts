/** QR codes (ISO/IEC 18004) of links: as a picture, and for a terminal. */
import makeCode from 'qrcode-generator';

/** Light modules around a code, without which cameras do not find it. */
const QUIET = 4;

/** Draws a text as an SVG that scales to whatever size it is given. */
export function qrSvg(text: string): string {
  const modules = modulesOf(text);
  const side = modules.length + 2 * QUIET;
  const dark = modules.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" role="img" aria-label="QR code" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${dark.join('')}"/></svg>`
  );
}

/** Draws a text in half blocks, two rows of modules a line, dark on light whatever the colours of the terminal. */
export function qrLines(text: string): string[] {
  const modules = modulesOf(text);
  const side = modules.length + 2 * QUIET;
  const isDark = (x: number, y: number): boolean => modules[y - QUIET]?.[x - QUIET] === true;
  const lines: string[] = [];
  for (let y = 0; y < side; y += 2) {
    const cells = Array.from({ length: side }, (_, x) => HALVES[Number(isDark(x, y)) * 2 + Number(isDark(x, y + 1))]);
    lines.push(`${BLACK_ON_WHITE}${cells.join('')}${RESET}`);
  }
  return lines;
}

/** By upper and lower module: light and light, light and dark, dark and light, dark and dark. */
const HALVES = [' ', '▄', '▀', '█'] as const;
const BLACK_ON_WHITE = '\u001B[38;5;16;48;5;231m';
const RESET = '\u001B[0m';

/** The modules of the smallest code that holds a text, row by row; true where dark. */
function modulesOf(text: string): boolean[][] {
  const code = makeCode(0, 'M');
  code.addData(text);
  code.make();
  const side = code.getModuleCount();
  return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (__, x) => code.isDark(y, x)));
}

/** Reads and writes CSV (RFC 4180), with whatever separator the heading has. Pure. */

/** Lines of cells, each with the line of the file it begins in. */
export interface CsvLine {
  line: number;
  cells: readonly string[];
}

/** What was read, or the line in which a quoted value begins that never ends. */
export type CsvReading = { lines: readonly CsvLine[] } | { unclosedLine: number };

export function readCsv(text: string): CsvReading {
  const separator = separatorOf(text);
  const lines: CsvLine[] = [];
  let cells: string[] = [];
  let cell = '';
  let quotedSince = 0;
  let line = 1;
  let begun = 1;
  const endCell = () => {
    cells.push(cell.trim());
    cell = '';
  };
  const endLine = () => {
    endCell();
    if (cells.some((each) => each !== '')) lines.push({ line: begun, cells });
    cells = [];
    begun = line + 1;
  };
  // A mark that some programs put before everything.
  const content = text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n');
  for (let i = 0; i < content.length; i++) {
    const char = content.charAt(i);
    if (quotedSince > 0) {
      if (char === '"' && content.charAt(i + 1) === '"') {
        cell += '"';
        i++;
      } else if (char === '"') quotedSince = 0;
      else cell += char;
    } else if (char === '"' && cell.trim() === '') {
      quotedSince = line;
      cell = '';
    } else if (char === separator) endCell();
    else if (char === '\n') endLine();
    else cell += char;
    if (char === '\n') line++;
  }
  if (quotedSince > 0) return { unclosedLine: quotedSince };
  endLine();
  return { lines };
}

/** The separator of the heading: the one that it has most of. */
function separatorOf(text: string): string {
  const [heading = ''] = text.split('\n', 1);
  const count = (separator: string) => heading.split(separator).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** Writes CSV. What a spreadsheet would take for a formula is written as text. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(text: string): string {
  const harmless = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

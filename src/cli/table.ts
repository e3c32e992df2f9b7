export type Cell = string | number | boolean | null | undefined;

/** Lays rows out in columns: text to the left, numbers to the right, a rule under the heading. */
export function formatTable(heading: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (cell === null || cell === undefined ? '' : String(cell))));
  const widths = heading.map((name, column) => Math.max(name.length, ...texts.map((row) => row[column]?.length ?? 0)));
  const numeric = heading.map((_, column) => rows.length > 0 && rows.every((row) => typeof (row[column] ?? 0) === 'number'));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (numeric[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(heading), widths.map((width) => '─'.repeat(width)).join('  '), ...texts.map(line)].join('\n');
}

import { createRequire } from 'node:module';
import type * as CliProgress from 'cli-progress';
import { formatTable, type Cell } from './table.ts';

/** Where a command writes. Results go to `out`, everything else to `err`, so that output can be piped. */
export interface Io {
  out: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  err: NodeJS.WritableStream & { isTTY?: boolean };
  /** The process's own if not given. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Writes a line of the result. */
export function say(io: Io, text: string): void {
  io.out.write(`${text}\n`);
}

/** Writes a remark that is not part of the result. */
export function note(io: Io, text: string): void {
  io.err.write(`${text}\n`);
}

/** Writes the result as one JSON document. */
export function sayJson(io: Io, value: unknown): void {
  say(io, JSON.stringify(value, null, 2));
}

/** Writes rows as a table with a heading. */
export function sayTable(io: Io, heading: readonly string[], rows: readonly (readonly Cell[])[]): void {
  say(io, formatTable(heading, rows));
}

/** How far long work has come. */
export interface Progress {
  update: (done: number) => void;
  stop: () => void;
}

/** Shows a bar on the error stream where that is a terminal, and nothing elsewhere. */
export function startProgress(io: Io, label: string, total: number): Progress {
  if (io.err.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  // Loaded only where it is shown: most calls show none.
  const { SingleBar } = createRequire(import.meta.url)('cli-progress') as typeof CliProgress;
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} · {eta_formatted} left`,
    stream: io.err,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}

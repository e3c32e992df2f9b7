/**
 * The files of the web console as a browser gets them: what `scripts/console.ts` has built from `web/` into `web/dist`. They are
 * read once, when somebody first asks. What has a hash in its name never changes, and is kept by browsers for ever.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file, ready to be sent. */
export interface ConsoleFile {
  type: string;
  bytes: Buffer;
  /** The same, smaller; `null` where it is not. */
  gzip: Buffer | null;
  /** Changes with the content. */
  etag: string;
  /** Its name changes with its content. */
  immutable: boolean;
}

const FOLDER = join(import.meta.dirname, '../../web/dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.pbf': 'application/x-protobuf',
};
/** Compressed as they are. */
const PACKED = new Set(['.png', '.webp', '.woff2']);
const INDEX = 'index.html';

/** What stands in the place of a console that was never built. */
const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Odograph</title>
<h1>The console is not built</h1><p>Run <code>npm run build:console</code> beside the gateway and load this page again.</p></html>`;

let read: ReadonlyMap<string, ConsoleFile> | null = null;

/** The files by their path; the page itself has the empty one. */
export function consoleFiles(): ReadonlyMap<string, ConsoleFile> {
  if (read !== null) return read;
  // Not kept: it may be built while the gateway runs.
  if (!existsSync(join(FOLDER, INDEX))) return new Map([['', fileOf(INDEX, Buffer.from(NOT_BUILT))]]);
  return (read = readFiles());
}

function readFiles(): ReadonlyMap<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>();
  for (const entry of readdirSync(FOLDER, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || TYPES[extname(entry.name)] === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(FOLDER, path);
    files.set(name === INDEX ? '' : name, fileOf(name, readFileSync(path)));
  }
  return files;
}

function fileOf(name: string, bytes: Buffer): ConsoleFile {
  const packed = PACKED.has(extname(name)) ? null : gzipSync(bytes, { level: 9 });
  return {
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    bytes,
    gzip: packed !== null && packed.length < bytes.length ? packed : null,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
    immutable: name.startsWith('assets/'),
  };
}

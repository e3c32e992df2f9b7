/**
 * The files of the tracker page as a browser gets them. They are read once, when somebody first asks. TypeScript goes out as
 * JavaScript: its types are blanked, as Node does with all other files here, so that there is no build and every line stays where it is.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';

/** A file, ready to be sent. */
export interface PageFile {
  type: string;
  bytes: Buffer;
  /** Changes with the content. */
  etag: string;
}

const FOLDER = join(import.meta.dirname, 'page');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
const INDEX = 'index.html';
const WORKER = 'sw.ts';

/**
 * What a browser is told beside every file: the page runs its own scripts and no others, talks to its own gateway, and is in nobody's
 * frame; of what browsers can do it asks for the position and for the screen to stay on.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; " +
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'geolocation=(self), screen-wake-lock=(self), camera=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

let read: ReadonlyMap<string, PageFile> | null = null;

/** The files by name; the page itself has the empty one. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  return (read ??= readFiles());
}

function readFiles(): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  let worker = '';
  for (const name of readdirSync(FOLDER).sort()) {
    const type = TYPES[extname(name)];
    if (type === undefined || name.endsWith('.test.ts')) continue;
    const content = readFileSync(join(FOLDER, name));
    const bytes = name.endsWith('.ts') ? Buffer.from(stripTypeScriptTypes(content.toString('utf8'))) : content;
    if (name === WORKER) worker = bytes.toString('utf8');
    else files.set(name === INDEX ? '' : name, fileOf(type, bytes));
  }
  const version = createHash('sha256');
  for (const { etag } of files.values()) version.update(etag);
  // The worker keeps what it is told; another version of anything is another worker.
  const told = `const FILES = ${JSON.stringify(['./', ...[...files.keys()].filter((name) => name !== '')])};
const VERSION = ${JSON.stringify(version.digest('hex').slice(0, 16))};\n`;
  files.set(WORKER, fileOf(TYPES['.ts'] ?? '', Buffer.from(told + worker)));
  return files;
}

function fileOf(type: string, bytes: Buffer): PageFile {
  return { type, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` };
}

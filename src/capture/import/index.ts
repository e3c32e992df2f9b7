/** Opens a file that something else than the gateway has written, or a capture of its own, and gives what it holds as entries. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GatewayError } from '#errors/gateway-error';
import type { CaptureEntry } from '../entry.ts';
import { looksLikeCapture } from '../file/layout.ts';
import { newReport, readCapture } from '../file/reader.ts';
import { detectFormat, FORMATS, PROBE_BYTES, READERS, type SourceFormat } from './formats.ts';
import { DEFAULTS, type ReadOptions } from './reader.ts';
import { TransferReport } from './report.ts';

export { FORMATS, type SourceFormat } from './formats.ts';
export { PAYLOADS, type PayloadForm } from './reader.ts';
export { TransferReport } from './report.ts';

/** What can be opened: the formats of other tools, and our own captures. */
export const SOURCES = ['capture', ...FORMATS] as const;
export type SourceName = (typeof SOURCES)[number];

export interface OpenOptions extends Partial<ReadOptions> {
  /** `auto` recognises it by the file's first bytes. */
  format?: SourceName | 'auto';
}

/** A file that is being read. */
export interface Source {
  /** Path as it was given, `-` for standard input. */
  path: string;
  format: SourceName;
  /** What the file holds, in its order; to be gone through once. Rejects with `import_io` where the file cannot be read. */
  entries: AsyncIterable<CaptureEntry>;
  /** What was taken and what not: whole once the entries have ended. */
  report: TransferReport;
  /** Size of the file; `null` where it has none, as standard input. */
  sizeBytes: number | null;
  /** Bytes of the file read so far. */
  readBytes: () => number;
  /** Lets go of a file whose entries are not gone through. */
  close: () => Promise<void>;
}

const CHUNK_BYTES = 256 * 1024;
const GZIP = [0x1f, 0x8b];

/**
 * Opens a file, `-` for standard input, packed by gzip or not. Rejects with `import_io` where it cannot be read and with
 * `import_format` where it is none of the formats. Entries without a time are given that of the file, if no other is said.
 */
export async function openSource(path: string, options: OpenOptions = {}): Promise<Source> {
  const known = path === '-' ? null : await stat(path).catch((cause: unknown) => Promise.reject(unreadable(path, cause)));
  const counted = { bytes: 0 };
  const report = new TransferReport();
  const chunks = chunksOf(path, counted, report);
  const start = await startOf(chunks);
  const format = options.format === undefined || options.format === 'auto' ? formatOf(start) : options.format;
  if (format === null) {
    await chunks.return(undefined);
    const what = start.length === 0 ? 'is empty' : 'is of no format that is known by its look';
    throw new GatewayError('import_format', `${path} ${what}: name its format, or see docs/import.md for what each looks like`);
  }
  const { format: _, ...given } = options;
  const read = { ...DEFAULTS, at: Math.floor(known?.mtimeMs ?? DEFAULTS.at), ...given };
  const all = beginningWith(start, chunks);
  const entries = format === 'capture' ? ownEntries(all, path, report) : foreignEntries(all, format, read, report);
  const close = async (): Promise<void> => void (await chunks.return(undefined));
  return { path, format, entries, report, sizeBytes: known?.size ?? null, readBytes: () => counted.bytes, close };
}

function formatOf(start: Uint8Array): SourceName | null {
  return looksLikeCapture(start) ? 'capture' : detectFormat(start);
}

async function* foreignEntries(
  chunks: AsyncIterable<Uint8Array>,
  format: SourceFormat,
  options: ReadOptions,
  report: TransferReport,
): AsyncGenerator<CaptureEntry> {
  const reader = READERS[format](options, report);
  for await (const chunk of chunks) yield* counting(reader.push(chunk), report);
  yield* counting(reader.end(), report);
}

/** Entries of a capture, as they are: it says all of them itself. */
async function* ownEntries(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  report: TransferReport,
): AsyncGenerator<CaptureEntry> {
  const found = newReport();
  for await (const entry of readCapture(chunks, path, found)) yield* counting([entry], report);
  for (const { from, end, why } of found.corrupt) report.skip('corrupt', `byte ${from}`, `${end - from} bytes: ${why}`);
  for (let more = found.corrupt.length; more < found.corruptRanges; more++) report.skip('corrupt', 'further on');
  if (found.tornBytes > 0)
    report.skip('cut-off', `byte ${found.bytes - found.tornBytes}`, `${found.tornBytes} bytes of a block`);
  if (found.lost > 0) report.note('lost-by-capture', 'the file', `${found.lost} entries`);
}

async function* beginningWith(start: Uint8Array, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start;
  yield* chunks;
}

function* counting(entries: readonly CaptureEntry[], report: TransferReport): Generator<CaptureEntry> {
  for (const entry of entries) {
    report.count(entry);
    yield entry;
  }
}

/** Reads until a format can be told, and gives those bytes. */
async function startOf(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < PROBE_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    pieces.push(next.value);
    length += next.value.length;
  }
  return Buffer.concat(pieces);
}

async function* chunksOf(path: string, counted: { bytes: number }, report: TransferReport): AsyncGenerator<Uint8Array> {
  const file = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    async function* raw(): AsyncGenerator<Uint8Array> {
      for await (const chunk of file) {
        counted.bytes += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    }
    yield* unpacked(raw());
  } catch (cause) {
    // What was packed and broke off is given as far as it goes.
    if (isZlibError(cause)) report.skip('broken-file', `byte ${counted.bytes}`, `gzip: ${cause.message}`);
    else throw unreadable(path, cause);
  } finally {
    file.destroy();
  }
}

/** Unpacks what gzip has packed; anything else goes through as it is. */
async function* unpacked(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await chunks.next();
  if (first.done === true) return;
  if (!GZIP.every((byte, at) => first.value[at] === byte)) {
    yield first.value;
    yield* chunks;
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(Readable.from(beginningWith(first.value, chunks)), gunzip, () => undefined);
  yield* gunzip;
}

function isZlibError(cause: unknown): cause is Error {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_');
}

function unreadable(path: string, cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError('import_io', `${path} cannot be read: ${why}`, { cause });
}

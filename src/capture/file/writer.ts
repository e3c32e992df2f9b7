import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { EpochMs } from '#model/clocks';
import { GatewayError } from '#errors/gateway-error';
import type { CaptureEntry } from '../entry.ts';
import { BlockBuilder } from './block.ts';
import type { CaptureGap } from './items.ts';
import { encodeFileHead, FILE_HEAD_BYTES, looksLikeCapture } from './layout.ts';
import { BlockSplitter } from './splitter.ts';

/** Bytes of a block before it is packed; one entry more may exceed it. */
const BLOCK_BYTES = 256 * 1024;
const READ_BYTES = 1024 * 1024;
/** Longest entry: that of a spool record. */
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;

const { O_APPEND, O_CREAT, O_RDWR } = constants;

/**
 * Writes a capture file, a block at a time. What was written before is never changed: a file that is there is gone on with
 * behind its last whole block.
 */
export class CaptureWriter {
  /** Entries written to blocks, this time. */
  entries = 0;
  /** Bytes of the file. */
  sizeBytes: number;
  /** Bytes of an unfinished write that were cut off when the file was opened. */
  readonly cutBytes: number;
  readonly #file: FileHandle;
  readonly #path: string;
  #block = new BlockBuilder();
  #added = 0;
  /** The writes so far: one at a time, in order. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, path: string, sizeBytes: number, cutBytes: number) {
    this.#file = file;
    this.#path = path;
    this.sizeBytes = sizeBytes;
    this.cutBytes = cutBytes;
  }

  /**
   * Makes a file that only its owner may read, for frames say where people drive; or goes on with one that is there. Rejects
   * with `capture_invalid` where that is no capture, or where the file system refuses.
   */
  static async open(path: string, now: EpochMs): Promise<CaptureWriter> {
    let file: FileHandle | null = null;
    try {
      file = await open(path, O_CREAT | O_RDWR | O_APPEND, 0o600);
      const { size } = await file.stat();
      const end = await endOfCapture(file, size, path);
      if (end < size) await file.truncate(end);
      if (end === 0) await file.write(encodeFileHead(now));
      return new CaptureWriter(file, path, Math.max(end, FILE_HEAD_BYTES), size - end);
    } catch (cause) {
      await file?.close();
      if (cause instanceof GatewayError) throw cause;
      throw new GatewayError('capture_invalid', `${path} cannot be written: ${String(cause)}`, { cause });
    }
  }

  /** Adds an entry. It is in the file after the next `flush`, or when the block is full. */
  async add(entry: CaptureEntry): Promise<void> {
    if (entry.bytes.length > MAX_ENTRY_BYTES) throw new RangeError(`an entry of ${entry.bytes.length} bytes is too long`);
    this.#block.add(entry);
    this.#added++;
    if (this.#block.sizeBytes >= BLOCK_BYTES) await this.flush();
  }

  /** Notes that entries are missing here. */
  gap(gap: CaptureGap): void {
    this.#block.gap(gap);
  }

  /** Ends the block: once resolved, what was added is in the file. Rejects with `capture_invalid` where the disk refuses. */
  flush(): Promise<void> {
    if (this.#block.isEmpty) return this.#writing;
    const block = this.#block.encode('zstd');
    this.#block = new BlockBuilder();
    const added = this.#added;
    this.#writing = this.#writing.then(() => this.#write(block, added));
    return this.#writing;
  }

  async #write(block: Uint8Array, added: number): Promise<void> {
    try {
      for (let done = 0; done < block.length;) done += (await this.#file.write(block, done)).bytesWritten;
    } catch (cause) {
      throw new GatewayError('capture_invalid', `${this.#path} cannot be written: ${String(cause)}`, { cause });
    }
    this.sizeBytes += block.length;
    this.entries = added;
  }

  /** Writes what is left; the file is on the disk itself once resolved. */
  async close(): Promise<void> {
    try {
      await this.flush();
      await this.#file.datasync();
    } finally {
      await this.#file.close();
    }
  }
}

/**
 * Where a capture goes on: behind its last whole block, at 0 where it has not even a header. Throws `capture_invalid` where the
 * file is something else.
 */
async function endOfCapture(file: FileHandle, sizeBytes: number, name: string): Promise<number> {
  if (sizeBytes === 0) return 0;
  const splitter = new BlockSplitter(name);
  let end = FILE_HEAD_BYTES;
  for (let at = 0; at < sizeBytes;) {
    const chunk = new Uint8Array(READ_BYTES);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) break;
    const bytes = chunk.subarray(0, bytesRead);
    // A header that was never finished: nothing of a capture is lost with it.
    if (sizeBytes < FILE_HEAD_BYTES && looksLikeCapture(bytes)) return 0;
    at += bytesRead;
    for (const found of splitter.push(bytes)) if (found.kind === 'block') end = found.end;
  }
  for (const found of splitter.end()) if (found.kind === 'block') end = found.end;
  return end;
}

import {
  appendFileSync,
  createReadStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { findGatewayError } from '#errors/gateway-error';
import { TRANSPORTS } from '#model/frame-record';
import type { CaptureEntry } from '../entry.ts';
import { BlockBuilder } from './block.ts';
import { BLOCK_HEAD_BYTES, encodeFileHead, FILE_HEAD_BYTES } from './layout.ts';
import { newReport, readCapture, type CaptureReport } from './reader.ts';
import { CaptureWriter } from './writer.ts';

const NOON = Date.UTC(2026, 5, 15, 12);
let dir = '';
let path = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'odograph-capture-'));
  path = join(dir, 'a.odocap');
});
afterEach(() => rmSync(dir, { recursive: true }));

function entry(n: number, changes: Partial<CaptureEntry> = {}): CaptureEntry {
  return {
    at: NOON + n,
    direction: n % 2 === 0 ? 'in' : 'out',
    transport: 'tcp',
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    sessionId: `00000000000000a${n % 3}`,
    protocol: 'teltonika',
    ident: n < 2 ? null : '356307042441013',
    dialect: null,
    bytes: new Uint8Array(50).fill(n & 0xff),
    ...changes,
  };
}

/** Writes blocks of two entries each, numbered on from `from`. */
async function write(blocks: number, from = 0): Promise<CaptureWriter> {
  const writer = await CaptureWriter.open(path, NOON);
  for (let n = from; n < from + blocks * 2; n++) {
    await writer.add(entry(n));
    if (n % 2 === 1) await writer.flush();
  }
  await writer.close();
  return writer;
}

async function read(): Promise<{ numbers: number[]; report: CaptureReport }> {
  const report = newReport();
  const numbers: number[] = [];
  for await (const one of readCapture(createReadStream(path), path, report)) numbers.push(one.at - NOON);
  return { numbers, report };
}

/** Where each block begins. */
async function starts(): Promise<number[]> {
  const bytes = readFileSync(path);
  const found: number[] = [];
  for (let at = bytes.indexOf('OCBK'); at >= 0; at = bytes.indexOf('OCBK', at + 1)) found.push(at);
  return found;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('a capture file', () => {
  it('gives back what was written, whatever it is and however it is cut into blocks', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const one = fc.record({
      at: fc.nat({ max: 2 ** 48 - 1 }),
      direction: fc.constantFrom('in' as const, 'out' as const),
      transport: fc.constantFrom(...TRANSPORTS),
      listener: text,
      peer: text,
      sessionId: text,
      protocol: fc.option(text),
      ident: fc.option(text),
      dialect: fc.option(text),
      bytes: fc.uint8Array({ maxLength: 2_000 }),
    });
    const entryOf = fc
      .tuple(one, fc.option(text))
      .map(([each, company]): CaptureEntry => (company === null ? each : { ...each, companyId: company }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(entryOf, fc.boolean()), { maxLength: 30 }), async (entries) => {
        rmSync(path, { force: true });
        const writer = await CaptureWriter.open(path, NOON);
        for (const [each, ends] of entries) {
          await writer.add(each);
          if (ends) await writer.flush();
        }
        await writer.close();
        const back: CaptureEntry[] = [];
        for await (const each of readCapture(createReadStream(path), path)) back.push({ ...each, bytes: each.bytes.slice() });
        expect(back).toEqual(entries.map(([each]) => each));
      }),
      { numRuns: 40 },
    );
  });

  it('is read the same however its bytes come', async () => {
    await write(3);
    const bytes = readFileSync(path);
    async function* pieces(size: number) {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    for (const size of [1, 7, 39, 41, 1_000]) {
      const numbers: number[] = [];
      for await (const one of readCapture(pieces(size), 'it')) numbers.push(one.at - NOON);
      expect(numbers).toEqual(range(0, 6));
    }
  });

  it('is packed, and can be read by its owner alone', async () => {
    const writer = await CaptureWriter.open(path, NOON);
    for (let n = 0; n < 1_000; n++) await writer.add(entry(n, { bytes: new Uint8Array(200) }));
    await writer.close();
    expect(writer.sizeBytes).toBe(statSync(path).size);
    expect(writer.sizeBytes).toBeLessThan(20_000);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('cuts itself into blocks, so that neither writing nor reading holds more than one', async () => {
    const writer = await CaptureWriter.open(path, NOON);
    for (let n = 0; n < 100; n++) await writer.add(entry(n, { bytes: new Uint8Array(10_000) }));
    expect(writer.entries).toBeGreaterThan(50);
    await writer.close();
    const { numbers, report } = await read();
    expect(numbers).toEqual(range(0, 100));
    expect(report.blocks).toBe(4);
  });

  it('says where entries are missing that could not be kept', async () => {
    const writer = await CaptureWriter.open(path, NOON);
    await writer.add(entry(0));
    writer.gap({ at: NOON + 1, lost: 2 ** 40 });
    await writer.add(entry(2));
    await writer.close();
    const { numbers, report } = await read();
    expect([numbers, report.lost, report.entries]).toEqual([[0, 2], 2 ** 40, 2]);
  });

  it('is gone on with behind its last whole block', async () => {
    await write(2);
    const before = readFileSync(path);
    const writer = await write(2, 4);
    expect(writer.cutBytes).toBe(0);
    expect(readFileSync(path).subarray(0, before.length)).toEqual(before);
    expect((await read()).numbers).toEqual(range(0, 8));
  });
});

describe('a torn tail', () => {
  it('is found at whatever byte it was torn, and the rest is read', async () => {
    await write(3);
    const bytes = readFileSync(path);
    const last = (await starts())[2] as number;
    for (let size = last + 1; size < bytes.length; size += 3) {
      writeFileSync(path, bytes.subarray(0, size));
      const { numbers, report } = await read();
      expect([numbers, report.tornBytes, report.corruptRanges]).toEqual([range(0, 4), size - last, 0]);
    }
  });

  it('is cut off before the file is gone on with', async () => {
    await write(3);
    const last = (await starts())[2] as number;
    truncateSync(path, last + 50);
    const writer = await write(1, 10);
    expect(writer.cutBytes).toBe(50);
    const { numbers, report } = await read();
    expect([numbers, report.tornBytes, report.corruptRanges]).toEqual([[0, 1, 2, 3, 10, 11], 0, 0]);
  });

  it('of a header that was never finished leaves an empty file to begin with', async () => {
    writeFileSync(path, encodeFileHead(NOON).subarray(0, 9));
    await write(1);
    expect((await read()).numbers).toEqual([0, 1]);
  });

  it('that others have written behind is corrupt, and what follows is read', async () => {
    await write(2);
    const bytes = readFileSync(path);
    const [, second = 0] = await starts();
    writeFileSync(path, bytes.subarray(0, second + 60));
    appendFileSync(path, bytes.subarray(second));
    const { numbers, report } = await read();
    expect(numbers).toEqual([0, 1, 2, 3]);
    expect(report.corrupt).toEqual([{ from: second, end: second + 60, why: expect.stringContaining('checksum') }]);
  });
});

describe('a flipped bit', () => {
  it('costs its own block at most, and is told of with its place', async () => {
    await write(3);
    const bytes = readFileSync(path);
    const [first = 0, second = 0, third = 0] = await starts();
    for (let at = second; at < third; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
      writeFileSync(path, flipped);
      const { numbers, report } = await read();
      expect(numbers, `byte ${at - second} of the block`).toEqual([0, 1, 4, 5]);
      expect(report.corrupt).toEqual([{ from: second, end: third, why: expect.any(String) }]);
    }
    expect(first).toBe(FILE_HEAD_BYTES);
  });

  it('in the header costs nothing', async () => {
    await write(1);
    const bytes = readFileSync(path);
    for (let at = 8; at < FILE_HEAD_BYTES; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 0x10;
      writeFileSync(path, flipped);
      expect((await read()).numbers).toEqual([0, 1]);
    }
  });

  it('in any byte of any file is survived: nothing hangs, nothing is invented', async () => {
    await write(4);
    const bytes = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 }),
        async (flips) => {
          const damaged = Buffer.from(bytes);
          for (const [at, mask] of flips) if (at >= 8) damaged[at] = (damaged[at] as number) ^ mask;
          writeFileSync(path, damaged);
          const { numbers } = await read();
          expect(range(0, 8)).toEqual(expect.arrayContaining(numbers));
        },
      ),
      { numRuns: 60 },
    );
  });
});

it('of format 1, which knew no companies, is read', async () => {
  const { crc32 } = await import('node:zlib');
  await write(2);
  const bytes = readFileSync(path);
  bytes.writeUInt16BE(1, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 18)), 18);
  writeFileSync(path, bytes);
  expect((await read()).numbers).toEqual(range(0, 4));
});

describe('what is no capture', () => {
  it('is refused by reader and writer, and left as it is', async () => {
    for (const content of ['hello, this is a text file of mine', '', 'ODOC']) {
      writeFileSync(path, content);
      expect(findGatewayError(await read().catch((error: unknown) => error))?.code).toBe('capture_invalid');
    }
    writeFileSync(path, 'hello, this is a text file of mine');
    const refused = findGatewayError(await CaptureWriter.open(path, NOON).catch((error: unknown) => error));
    expect([refused?.code, readFileSync(path, 'utf8')]).toEqual(['capture_invalid', 'hello, this is a text file of mine']);
    expect(refused?.message).toContain(path);
  });

  it('is one of a later format, and one that cannot be written', async () => {
    const { crc32 } = await import('node:zlib');
    const head = Buffer.from(encodeFileHead(NOON));
    head.writeUInt16BE(3, 8);
    head.writeUInt32BE(crc32(head.subarray(0, 18)), 18);
    writeFileSync(path, head);
    await expect(read()).rejects.toThrow(/format 3/);
    await expect(CaptureWriter.open(join(dir, 'no', 'where'), NOON)).rejects.toThrow(/capture_invalid/);
  });

  it('has a claim to more than a block may hold, which nothing is reserved for', async () => {
    const builder = new BlockBuilder();
    builder.add(entry(0));
    const block = Buffer.from(builder.encode('none'));
    const { crc32 } = await import('node:zlib');
    block.writeUInt32BE(0xffff_ffff, 8);
    block.writeUInt32BE(crc32(block.subarray(0, BLOCK_HEAD_BYTES - 4)), BLOCK_HEAD_BYTES - 4);
    writeFileSync(path, Buffer.concat([encodeFileHead(NOON), block, Buffer.alloc(1_000)]));
    const { numbers, report } = await read();
    expect([numbers, report.tornBytes]).toEqual([[], block.length + 1_000]);
  });
});

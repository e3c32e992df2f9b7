import type { FrameRecord } from '#model/frame-record';
import { newSession } from '#protocols/codec';
import { toHex } from '#wire/hex';
import { newWriter, written } from '#wire/writer';
import { must } from '../../protocols/conformance/check.ts';
import type { FuzzInput } from '../../protocols/conformance/fuzz/input.ts';
import { recover } from '../../src/spool/recover.ts';
import { decodeRecord, encodeRecord } from '../../src/spool/record.ts';
import { SegmentScanner, type Scanned } from '../../src/spool/scan.ts';
import { encodeSegmentHead, SEGMENT_HEAD_BYTES, segmentName } from '../../src/spool/segment.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { FuzzTarget } from './target.ts';

const SPOOL_ID = '00000000000000a1';
const FIRST_SEQ = 41;
const CREATED_AT = 1_790_000_000_000;
const DIRECTORY = '/spool';

/** A segment as one record after another makes it. */
interface Made {
  bytes: Uint8Array;
  /** Records by their bytes. */
  records: Uint8Array[];
}

/** The reader of the spool: one damaged segment is recovered and read to its end. */
export function spoolTarget(): FuzzTarget {
  const made = [[10], [300, 0, 25], Array.from({ length: 12 }, (_, i) => 7 * i)].map(segmentOf);
  const known = new Set(made.flatMap(({ records }) => records.map(toHex)));
  const seeds = made.map(({ bytes }) => ({ context: newSession('udp'), bytes }));
  return { name: 'spool', weight: 0.7, seeds, examine: (input) => examine(input, known) };
}

function segmentOf(frameBytes: readonly number[]): Made {
  const head = encodeSegmentHead({ spoolId: SPOOL_ID, firstSeq: FIRST_SEQ, previousSeq: 0, createdAt: CREATED_AT });
  const records = frameBytes.map((length, index) => {
    const writer = newWriter(1024);
    encodeRecord(writer, FIRST_SEQ + index, recordOf(index, length));
    return written(writer).slice();
  });
  return { bytes: new Uint8Array(Buffer.concat([head, ...records])), records };
}

function recordOf(index: number, length: number): FrameRecord {
  return {
    receivedAt: CREATED_AT + index,
    transport: 'tcp',
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    sessionId: '00000000000000b2',
    protocol: 'teltonika',
    codecVersion: 1,
    ident: index % 3 === 0 ? null : '356307042441013',
    dialect: null,
    fault: index % 4 === 1 ? 'wire_crc' : null,
    faultDetail: index % 4 === 1 ? 'crc is 0x0000' : null,
    frame: Uint8Array.from({ length }, (_, at) => (at * 31 + index) & 0xff),
  };
}

/**
 * Recovery throws at nothing and changes nothing but where the segment ends; every byte that is left is in a record or in a range said
 * to be corrupt, and no record is made of damaged bytes.
 */
async function examine({ chunks }: FuzzInput, known: ReadonlySet<string>): Promise<Set<string>> {
  const bytes = new Uint8Array(Buffer.concat(chunks));
  const disk = new MemoryDisk();
  const name = segmentName(FIRST_SEQ);
  disk.files.set(name, bytes);
  const seen = new Set<string>();
  await recover(disk, DIRECTORY, CREATED_AT, (code, detail) => void seen.add(`${code} ${detail.replaceAll(/\d+/g, 'N')}`));
  const left = disk.files.get(name) ?? new Uint8Array();
  must(toHex(bytes).startsWith(toHex(left)), 'recovery changes what it leaves');
  const items = await scan(disk, name, left.length);
  let at = Math.min(SEGMENT_HEAD_BYTES, left.length);
  for (const item of items) {
    must(item.offset === at, `bytes ${at} to ${item.offset} are in nothing`);
    at += item.size;
    seen.add(item.kind === 'record' ? readRecord(item, known) : 'corrupt');
  }
  must(items.length === 0 || at === left.length, `bytes ${at} to ${left.length} are in nothing`);
  return seen;
}

async function scan(disk: MemoryDisk, name: string, end: number): Promise<Scanned[]> {
  const scanner = new SegmentScanner(await disk.open(name), SEGMENT_HEAD_BYTES, FIRST_SEQ);
  const items: Scanned[] = [];
  for (let some = await scanner.read(end); some.length > 0; some = await scanner.read(end)) items.push(...some);
  return items;
}

function readRecord({ bytes, at, size }: Extract<Scanned, { kind: 'record' }>, known: ReadonlySet<string>): string {
  const record = bytes.subarray(at, at + size);
  must(known.has(toHex(record)), `a record nobody wrote: ${toHex(record)}`);
  const { fault, ident } = decodeRecord(bytes, at, size);
  return `record ${fault} ${ident === null}`;
}

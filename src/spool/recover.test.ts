import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import type { SpoolEntry } from '../pipeline/ports.ts';
import type { Disk } from './disk.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { SEGMENT_HEAD_BYTES } from './segment.ts';
import { openSpool, type Spool } from './spool.ts';
import { append, frameOf, makeRecord, range, untilAccepting } from './spool-fixture.ts';

let directory: string;
let faults: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-recover-'));
  faults = [];
});

afterEach(() => rmSync(directory, { recursive: true }));

function start(segmentBytes = 1e6, disk?: Disk): Promise<Spool> {
  return openSpool({
    directory,
    segmentBytes,
    budgetBytes: 1e9,
    retention: { ageMs: 1e12, bytes: 1e12 },
    now: Date.now,
    onFault: (code, detail) => faults.push(`${code}: ${detail}`),
    ...(disk === undefined ? {} : { disk }),
  });
}

/** Appends records one commit each, and closes. */
async function fill(numbers: readonly number[], segmentBytes?: number): Promise<void> {
  const spool = await start(segmentBytes);
  for (const n of numbers) await new Promise<void>((resolve) => spool.append(makeRecord(n, 40), resolve));
  await spool.close();
}

/** All entries up to the last committed one, appending a last record of number 999 so that there is an end to read to. */
async function readAll(spool: Spool): Promise<SpoolEntry[]> {
  await new Promise<void>((resolve) => spool.append(makeRecord(999, 40), resolve));
  const reader = spool.reader(1);
  const entries: SpoolEntry[] = [];
  for (;;) {
    const next = (await reader.next(100)) ?? [];
    entries.push(...next);
    const last = entries.at(-1);
    if (last === undefined || frameNumber(last) === 999) return entries.slice(0, -1);
  }
}

const frameNumber = ({ record }: SpoolEntry) => (record.fault === 'spool_corrupt' ? 'corrupt' : frameOf(record));
const segmentFiles = () =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.spool'))
    .sort();
const recordBytes = (file: Uint8Array, count: number) => (file.length - SEGMENT_HEAD_BYTES) / count;

describe('recovery', () => {
  it('cuts a torn tail at whatever byte of the last record it was torn', async () => {
    await fill([1, 2, 3]);
    const name = segmentFiles()[0] as string;
    const whole = readFileSync(join(directory, name));
    const size = recordBytes(whole, 3);
    for (let kept = 0; kept < size; kept++) {
      for (const other of segmentFiles()) unlinkSync(join(directory, other));
      writeFileSync(join(directory, name), whole.subarray(0, whole.length - size + kept));
      const spool = await start();
      expect(spool.recovered).toMatchObject({ cutBytes: kept, backlogRecords: 2, corruptRanges: 0 });
      const entries = await readAll(spool);
      expect(entries.map(frameNumber)).toEqual([1, 2]);
      await spool.close();
      expect(readFileSync(join(directory, name)).equals(whole.subarray(0, whole.length - size))).toBe(true);
    }
    expect(faults).toEqual([]);
  });

  it('surfaces a record with any byte flipped, and loses none of its neighbours', async () => {
    await fill([1, 2, 3]);
    const name = segmentFiles()[0] as string;
    const whole = readFileSync(join(directory, name));
    const size = recordBytes(whole, 3);
    for (let at = 0; at < size; at++) {
      for (const other of segmentFiles()) unlinkSync(join(directory, other));
      const damaged = Buffer.from(whole);
      const place = SEGMENT_HEAD_BYTES + size + at;
      damaged[place] = (damaged[place] as number) ^ 0x5a;
      writeFileSync(join(directory, name), damaged);
      const spool = await start();
      expect(spool.recovered).toMatchObject({ cutBytes: 0, corruptRanges: 1 });
      const entries = await readAll(spool);
      expect(entries.map(frameNumber)).toEqual([1, 'corrupt', 3]);
      expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(Buffer.from(entries[1]?.record.frame ?? []).equals(damaged.subarray(place - at, place - at + size))).toBe(true);
      await spool.close();
    }
    expect(faults.every((fault) => fault.startsWith('spool_corrupt'))).toBe(true);
  });

  it('surfaces a corrupt end of a segment that is not the last one', async () => {
    await fill([1, 2]);
    await fill([3]);
    const path = join(directory, segmentFiles()[0] as string);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    writeFileSync(path, bytes);
    const spool = await start();
    const entries = await readAll(spool);
    expect(entries.map(frameNumber)).toEqual([1, 'corrupt', 3]);
    await spool.close();
  });

  it('gives one entry for a range in which several records are gone', async () => {
    await fill([1, 2, 3, 4, 5]);
    const path = join(directory, segmentFiles()[0] as string);
    const bytes = readFileSync(path);
    const size = recordBytes(bytes, 5);
    bytes.fill(0, SEGMENT_HEAD_BYTES + size + 3, SEGMENT_HEAD_BYTES + 3 * size + 5);
    writeFileSync(path, bytes);
    const spool = await start();
    const entries = await readAll(spool);
    expect(entries.map(frameNumber)).toEqual([1, 'corrupt', 5]);
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 5]);
    await spool.close();
  });

  it('loses no record to foreign bytes between two', async () => {
    await fill([1, 2, 3]);
    const path = join(directory, segmentFiles()[0] as string);
    const bytes = readFileSync(path);
    const middle = SEGMENT_HEAD_BYTES + recordBytes(bytes, 3);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, middle), Buffer.from('not a record at all'), bytes.subarray(middle)]));
    const spool = await start();
    const entries = await readAll(spool);
    expect(entries.map(frameNumber)).toEqual([1, 2, 3]);
    await spool.close();
  });

  it('reads the records of a segment whose header is corrupt', async () => {
    await fill([1, 2]);
    const path = join(directory, segmentFiles()[0] as string);
    const bytes = readFileSync(path);
    bytes[12] = (bytes[12] as number) ^ 0xff;
    writeFileSync(path, bytes);
    const spool = await start();
    expect(faults[0]).toContain('the header');
    expect((await readAll(spool)).map(frameNumber)).toEqual([1, 2]);
    await spool.close();
  });

  it('reports a segment that is missing and reads the others', async () => {
    await fill([1, 2]);
    await fill([3, 4]);
    await fill([5, 6]);
    unlinkSync(join(directory, segmentFiles()[1] as string));
    const spool = await start();
    expect(spool.recovered.missingSegments).toBe(1);
    expect(faults.join()).toContain('the segment of record 3 is missing');
    expect((await readAll(spool)).map(frameNumber)).toEqual([1, 2, 5, 6]);
    await spool.close();
  });

  it('leaves the segments of another spool alone', async () => {
    await fill(range(1, 8));
    await fill([9, 10]);
    const name = '00000000000000000009.spool';
    const bytes = readFileSync(join(directory, name));
    rmSync(directory, { recursive: true });
    await fill([1, 2, 3]);
    // Its numbers go on where ours end: only its head says that it is not ours.
    writeFileSync(join(directory, name), bytes);
    const spool = await start();
    expect(faults.join()).toContain('belongs to another spool');
    expect((await readAll(spool)).map(frameNumber)).toEqual([1, 2, 3]);
    await spool.close();
    expect(segmentFiles()).toContain(name);
  });

  it('keeps its id by the segments when the file of the id is lost', async () => {
    await fill([1]);
    const before = await start();
    const { id } = before;
    await before.close();
    unlinkSync(join(directory, 'spool.json'));
    const after = await start();
    expect(after.id).toBe(id);
    await after.close();
  });

  it('uses up no numbers when nothing is appended', async () => {
    await fill([1, 2]);
    await fill([]);
    await fill([]);
    const spool = await start();
    expect(spool.committedSeq).toBe(2);
    expect(segmentFiles()).toHaveLength(2);
    await spool.close();
  });

  it('takes no lost number for a record that is still to come', async () => {
    const disk = new FaultyDisk();
    const first = await start(1e6, disk);
    expect(await append(first, 1)).toBe(true);
    disk.failNextSync();
    expect(await append(first, 2)).toBe(false);
    await untilAccepting(first);
    await first.close();
    const second = await start();
    expect(second.committedSeq).toBe(1);
    expect(second.recovered.backlogRecords).toBe(1);
    const reader = second.reader(1);
    expect((await reader.next(5))?.map(({ seq }) => seq)).toEqual([1]);
    const next = reader.next(5);
    expect(await append(second, 3)).toBe(true);
    expect((await next)?.map(({ seq, record }) => [seq > 2, frameOf(record)])).toEqual([[true, 3]]);
    await second.close();
  });

  it('goes on above the checkpoint where all segments are lost', async () => {
    const first = await start();
    for (const n of [1, 2, 3]) await new Promise<void>((resolve) => first.append(makeRecord(n), resolve));
    await first.writeCheckpoint({ seq: 3, ledger: { frames: 3 } });
    await first.close();
    for (const name of segmentFiles()) unlinkSync(join(directory, name));
    const second = await start();
    expect(second.readCheckpoint()).toEqual({ seq: 3, ledger: { frames: 3 } });
    expect(second.committedSeq).toBe(3);
    await second.close();
  });

  it('reads everything again where the checkpoint is unreadable', async () => {
    const first = await start();
    for (const n of [1, 2, 3]) await new Promise<void>((resolve) => first.append(makeRecord(n), resolve));
    await first.writeCheckpoint({ seq: 3, ledger: null });
    await first.close();
    const path = join(directory, 'checkpoint.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('3', '2'));
    const second = await start();
    expect(second.readCheckpoint()).toBeNull();
    expect(faults.join()).toContain('the checkpoint is unreadable');
    expect(second.recovered.backlogRecords).toBe(3);
    await second.close();
  });

  it('gives nothing out that it could not sync first, and lets the directory go', async () => {
    await fill([1, 2]);
    const [name = ''] = segmentFiles();
    const disk = new FaultyDisk();
    disk.failNextSync();
    const error = await start(1e6, disk).catch((cause: unknown) => cause);
    expect(findGatewayError(error)?.code).toBe('spool_io');
    expect(disk.synced).toEqual([join(directory, name)]);
    const spool = await start(1e6, disk);
    expect((await readAll(spool)).map(frameNumber)).toEqual([1, 2]);
    await spool.close();
  });

  it('counts the backlog inside a segment', async () => {
    const first = await start(1e9);
    for (const n of [1, 2, 3, 4]) await append(first, n, 1_500_000);
    await first.writeCheckpoint({ seq: 3, ledger: null });
    expect(first.stats().backlogBytes).toBeGreaterThan(1_500_000);
    expect(first.stats().backlogBytes).toBeLessThan(2_000_000);
    await first.close();
    const second = await start(1e9);
    expect(second.stats().backlogBytes).toBeGreaterThan(1_500_000);
    expect(second.stats().backlogBytes).toBeLessThan(2_000_000);
    await second.close();
  });

  it('knows the age of the oldest record behind the checkpoint', async () => {
    const first = await start();
    for (const n of [1, 5_001, 9_001]) await new Promise<void>((resolve) => first.append(makeRecord(n), resolve));
    await first.writeCheckpoint({ seq: 1, ledger: null });
    expect(first.stats().oldestReceivedAt).toBe(makeRecord(5_001).receivedAt);
    await first.close();
    const second = await start();
    expect(second.stats()).toMatchObject({ oldestReceivedAt: makeRecord(5_001).receivedAt, backlogRecords: 2 });
    await second.writeCheckpoint({ seq: 3, ledger: null });
    expect(second.stats()).toMatchObject({ oldestReceivedAt: null, backlogRecords: 0, backlogBytes: 0 });
    await second.close();
  });
});

import { describe, expect, it } from 'vitest';
import { frameOutcome, frameRecord, NOON, normalisedMessage } from '../../../test/support/outcomes.ts';
import { Batch, newShare, partitionOf } from './batch.ts';
import { columnTypes, type FastTable } from './columns.ts';
import { readBlock, type RowValue } from './native/read-block.ts';
import type { FrameOutcome } from '../../pipeline/ports.ts';

const FACTS = { batchId: 7, spoolIdHi: 0xfedcba98, spoolIdLo: 0x76543210, storedAt: NOON + 500 };
const decoder = new TextDecoder();

/** Reads all rows of a table in a batch, by the columns that are declared. */
function rowsOf(table: FastTable, ...outcomes: FrameOutcome[]): Record<string, unknown>[] {
  const batch = new Batch(FACTS, newShare());
  for (const outcome of outcomes) batch.add(outcome);
  return batch.parts
    .filter((part) => part.table === table)
    .flatMap((part) => {
      const all = part.all();
      const columns = readBlock(all.bytes());
      expect(columns.map(({ name, type }) => [name, type])).toEqual(columnTypes(table));
      return Array.from({ length: all.rows }, (_, row) =>
        Object.fromEntries(columns.map(({ name, values }) => [name, plain(values[row] as RowValue, name)])),
      );
    });
}

function plain(value: RowValue, name: string): unknown {
  if (value instanceof Uint8Array) return name === 'frame' ? [...value] : decoder.decode(value);
  return typeof value === 'object' && value !== null ? value.map((item) => plain(item, name)) : value;
}

describe('the rows of a frame', () => {
  it('are written as their columns are declared', () => {
    const outcome = frameOutcome(7, 0, {
      record: frameRecord({ dialect: 'fmb', transport: 'tls' }),
      messages: [normalisedMessage({ trackerOid: 'T1', provider: 'targa' })],
      column: 'quarantined',
      quarantine: { code: 'decode_range', detail: 'out of range' },
    });
    const [message] = rowsOf('messages', outcome);
    expect(message).toMatchObject({
      ident: '356307042441013',
      tracker_oid: 'T1',
      provider: 'targa',
      transport: 'tls',
      row_index: 0,
    });
    expect(message).toMatchObject({
      record_id: 0x80000001_fffffffen,
      spool_id: 0xfedcba98_76543210n,
      spool_seq: 7n,
      batch_id: 7n,
    });
    expect(message).toMatchObject({ device_time: NOON - 2_000, received_at: NOON, stored_at: NOON + 500, fix_time: null });
    expect(message).toMatchObject({ lat: 40.466, lon: -3.6892, valid: true, distrust: '', altitude_m: 650, satellites: 11 });
    expect(message?.['signals']).toEqual([
      ['engine.speed.value', 1_850.5],
      ['teltonika.io.380', 3],
    ]);
    expect(message?.['events']).toEqual(['ignition.on']);
    expect(rowsOf('frames', outcome)).toEqual([
      expect.objectContaining({
        dialect: 'fmb',
        outcome: 'quarantined',
        fault: 'decode_range',
        messages: 1,
        frame: [0x0a, 0x0a, 0x00, 0xff],
      }),
    ]);
    expect(rowsOf('events', outcome)).toEqual([
      expect.objectContaining({ code: 'ignition.on', alarm: false, event_index: 0, lat: 40.466 }),
    ]);
    expect(rowsOf('quarantine', outcome)).toEqual([
      expect.objectContaining({ code: 'decode_range', detail: 'out of range', row_index: 0n, peer: '203.0.113.9:40122' }),
    ]);
  });

  it('keep their numbers whichever siblings are left out', () => {
    const events = [
      { code: 'motion.start', alarm: false },
      { code: 'secure.panic', alarm: true },
    ];
    const messages = [0, 1, 2].map((index) => normalisedMessage({ index, events }));
    const all = rowsOf('events', frameOutcome(7, 0, { messages }));
    const fewer = rowsOf('events', frameOutcome(7, 0, { messages: messages.slice(1) }));
    expect(all).toHaveLength(6);
    expect(fewer).toEqual(all.slice(2));
    expect(new Set(all.map((row) => row['row_index'])).size).toBe(6);
  });

  it('have a time that ClickHouse can hold, whatever the device says', () => {
    const deviceTimes = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, null];
    const rows = deviceTimes.flatMap((deviceTime) =>
      rowsOf('messages', frameOutcome(7, 0, { messages: [normalisedMessage({ deviceTime })] })),
    );
    expect(rows.map((row) => row['device_time'])).toEqual([Date.UTC(2299, 11, 31), Date.UTC(1900, 0, 1), NOON]);
  });

  it('go to one part for each table and month, mad clocks all to one', () => {
    const batch = new Batch(FACTS, newShare());
    const times = [
      NOON,
      Date.UTC(2026, 4, 31, 23, 59, 59, 999),
      Date.UTC(2026, 5, 1),
      0,
      Date.UTC(2100, 0, 1),
      Date.UTC(2014, 11, 31),
    ];
    const messages = times.map((deviceTime, index) => normalisedMessage({ index, deviceTime, events: [] }));
    batch.add(frameOutcome(7, 0, { messages }));
    const parts = batch.parts.map(({ table, partition }) => `${table} ${partition}`);
    expect(parts).toEqual(['frames 202606', 'messages 202606', 'messages 202605', 'messages 0']);
    expect(batch.rows).toBe(7);
    expect(partitionOf(Date.UTC(2099, 11, 31))).toBe(209_912);
  });

  it('end in quarantine, whole, where they cannot be written, and leave the rows beside them as they are', () => {
    const mute = normalisedMessage({ index: 1, stateValues: [] });
    const outcome = frameOutcome(7, 0, { messages: [normalisedMessage(), mute, normalisedMessage({ index: 2 })] });
    expect(rowsOf('messages', outcome).map((row) => row['row_index'])).toEqual([0, 2]);
    expect(rowsOf('frames', outcome)).toHaveLength(1);
    expect(rowsOf('quarantine', outcome)).toEqual([
      expect.objectContaining({
        code: 'bug_invariant',
        row_index: 0x1_0000_0001n,
        detail: expect.stringContaining('row 1 of messages'),
      }),
    ]);
  });
});

/** What the sink writes, column by column, as the engine reads it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClickHouse } from '../../src/sink/clickhouse/clickhouse.ts';
import { openEmbedded, SINK_OF_TESTS } from '../support/embedded-clickhouse.ts';
import { frameOutcome, frameRecord, normalisedMessage } from '../support/outcomes.ts';

let clickhouse: ClickHouse;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ clickhouse, remove } = await openEmbedded());
});

afterAll(() => remove());

const ask = (sql: string): Promise<unknown[]> => clickhouse.connection.rows(sql);

describe('the columns of all tables', () => {
  it('hold what is not there, what is empty and what is extreme as it was said', async () => {
    const sink = await clickhouse.openSink(SINK_OF_TESTS);
    const full = normalisedMessage({
      ident: '\n\n\0é',
      trackerOid: 'x'.repeat(300),
      provider: 'targa',
      index: 0xffff,
      recordIdHi: 0xffff_ffff,
      recordIdLo: 0xffff_ffff,
      clockRepair: 'rollover',
      backlog: true,
      position: {
        lat: -90,
        lon: 5e-324,
        fixTime: Date.UTC(1900, 0, 1),
        valid: false,
        distrust: 'null_island',
        altitudeM: -0.5,
        speedKmh: 2 ** 127,
        courseDeg: 0,
        satellites: 255,
        hdop: 0.1,
      },
      signalKeys: Array.from({ length: 300 }, (_, i) => `vendor.io.${i}`),
      signalValues: Array.from({ length: 300 }, (_, i) => (i === 0 ? 1.7976931348623157e308 : -i / 3)),
      stateKeys: ['', 'same', 'same'],
      stateValues: ['', 'y'.repeat(20_000), 'ü'],
      events: [
        { code: '', alarm: true },
        { code: 'motion.stop', alarm: false },
      ],
    });
    const nothing = { fixTime: null, altitudeM: null, speedKmh: null, courseDeg: null, satellites: null, hdop: null };
    const position = { ...nothing, lat: 1, lon: -1, valid: true, distrust: null };
    const none = { signalKeys: [], signalValues: [], stateKeys: [], stateValues: [], events: [] };
    const placed = normalisedMessage({ ...none, ident: '', index: 1, recordIdHi: 0, recordIdLo: 0, position });
    const placeless = normalisedMessage({ ...none, ident: 'z', index: 2, position: null });
    const record = frameRecord({
      dialect: 'fmb',
      peer: '',
      codecVersion: 0xffff,
      frame: Uint8Array.from({ length: 300 }, (_, i) => i),
    });
    const quarantine = { code: 'decode_range', detail: '"quoted"\t\\' } as const;
    sink.put({ ...frameOutcome(2 ** 53 - 1, 0), record, quarantine, messages: [full, placed, placeless] });
    await sink.flush(AbortSignal.timeout(30_000));
    sink.close();
    const messages = await ask('SELECT * EXCEPT (stored_at, received_at) FROM odograph.messages ORDER BY row_index DESC');
    const shared = {
      batch_id: '9007199254740991',
      spool_id: '18364758544493064720',
      spool_seq: '9007199254740991',
      company_id: '',
    };
    const origin = { protocol: 'teltonika', codec_version: 65_535, transport: 'tcp', listener: 'trackers' };
    const times = { device_time: '2026-06-15 11:59:58.000', observed_at: '2026-06-15 11:59:58.000' };
    const bare = { altitude_m: null, speed_kmh: null, course_deg: null, satellites: null, hdop: null, fix_time: null };
    const still = { clock_repair: 'none', backlog: false, distrust: '', signals: {}, states: {}, events: [] };
    const nobody = { tracker_oid: '', provider: '' };
    expect(messages).toEqual([
      {
        ...shared,
        ...origin,
        ...times,
        ident: '\n\n\0é',
        record_id: '18446744073709551615',
        row_index: 65_535,
        tracker_oid: 'x'.repeat(300),
        provider: 'targa',
        fix_time: '1900-01-01 00:00:00.000',
        clock_repair: 'rollover',
        backlog: true,
        lat: -90,
        lon: 5e-324,
        valid: false,
        distrust: 'null_island',
        altitude_m: -0.5,
        speed_kmh: 170141180000000000000000000000000000000,
        course_deg: 0,
        satellites: 255,
        hdop: 0.1,
        signals: Object.fromEntries(full.signalKeys.map((key, i) => [key, full.signalValues[i]])),
        states: { '': '', same: 'ü' },
        events: ['', 'motion.stop'],
      },
      {
        ...shared,
        ...origin,
        ...times,
        ...bare,
        ...still,
        ...nobody,
        ident: 'z',
        record_id: '9223372045444710398',
        row_index: 2,
        lat: null,
        lon: null,
        valid: false,
      },
      {
        ...shared,
        ...origin,
        ...times,
        ...bare,
        ...still,
        ...nobody,
        ident: '',
        record_id: '0',
        row_index: 1,
        lat: 1,
        lon: -1,
        valid: true,
      },
    ]);
    expect(await ask("SELECT length(states['same']) AS n FROM odograph.messages WHERE row_index = 65535")).toEqual([
      { n: '20000' },
    ]);
    const taken = {
      ident: '356307042441013',
      received_at: '2026-06-15 12:00:00.000',
      peer: '',
      session_id: '00000000000000aa',
      frame: Buffer.from(record.frame).toString('hex').toUpperCase(),
    };
    expect(await ask('SELECT * EXCEPT (frame), hex(frame) AS frame FROM odograph.frames')).toEqual([
      {
        ...shared,
        ...origin,
        ...taken,
        row_index: 0,
        dialect: 'fmb',
        outcome: 'stored',
        fault: 'decode_range',
        messages: 3,
      },
    ]);
    const { protocol } = origin;
    const event = { ...shared, ...times, protocol, ident: '\n\n\0é', record_id: '18446744073709551615', lat: -90, lon: 5e-324 };
    const owner = { received_at: '2026-06-15 12:00:00.000', tracker_oid: 'x'.repeat(300), provider: 'targa' };
    expect(await ask('SELECT * FROM odograph.events ORDER BY event_index')).toEqual([
      { ...event, ...owner, event_index: 0, code: '', alarm: true, row_index: 0xffff_0000 },
      { ...event, ...owner, event_index: 1, code: 'motion.stop', alarm: false, row_index: 0xffff_0001 },
    ]);
    expect(await ask('SELECT * EXCEPT (frame), hex(frame) AS frame FROM odograph.quarantine')).toEqual([
      {
        ...shared,
        ...origin,
        ...taken,
        row_index: '0',
        code: 'decode_range',
        detail: '"quoted"\t\\',
      },
    ]);
  });
});

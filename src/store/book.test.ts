import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVIDENCE_RULES } from '../lifecycle/rules.ts';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { drive, openBook, PROVIDERS, registerVehicle, VIN } from './book-fixture.ts';
import { moveTracker, registerTracker } from './register.ts';
import { aMessage, anOutcome, IMEI, moved, T0 } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';
import type { BookStore } from './tracker-store.ts';

let store: SqliteStore;
beforeEach(() => {
  store = openSqliteStore(':memory:');
});
afterEach(() => store.close());

/** The store with some of its methods replaced. */
const storeWith = (methods: Partial<BookStore>): BookStore => ({
  news: (spoolId, mark) => store.news(spoolId, mark),
  newsAtOnce: (spoolId, mark) => store.newsAtOnce(spoolId, mark),
  heardBy: () => store.heardBy(),
  statesOf: (oids) => store.statesOf(oids),
  commit: (changes) => store.commit(changes),
  outbox: (most) => store.outbox(most),
  settle: (ids) => store.settle(ids),
  ...methods,
});

/** A frame whose message claims a fix at 0/0. */
const wrong = (seq: number): FrameOutcome => {
  const message = aMessage(seq, 0);
  const position = message.position === null ? null : { ...message.position, lat: 0, lon: 0, distrust: 'null_island' as const };
  return anOutcome(seq, [{ ...message, position }]);
};

describe('finding', () => {
  test('a wire ident finds its tracker by each of the three fields, in the protocols bound to the provider', async () => {
    const book = await openBook(store);
    const oid = await registerVehicle(store);
    expect(book.find('teltonika', IMEI)).toMatchObject({ oid, provider: 'targa' });
    expect(book.find('teltonika', VIN.toLowerCase())).toMatchObject({ oid });
    expect(book.find('astra-telematics', IMEI)).toBeNull();
    expect(book.find('teltonika', '')).toBeNull();
    expect(book.find('teltonika', '1')).toBeNull();
  });

  test('the tracker id wins over the foreign one, that over the serial number, and among equals the older tracker', async () => {
    const other = { provider: 'astrata', type: 'obd' };
    const serial = { ...other, trackerId: '353451044508750', objectId: { serial_number: IMEI } };
    await registerTracker(store, PROVIDERS, serial, () => T0 + 0);
    const foreign = await registerVehicle(store, T0 + 1);
    expect((await openBook(store)).find('teltonika', IMEI)?.oid).toBe(foreign);
    const later = { provider: 'cartrack', type: 'canbus', trackerId: 'ABC 123', foreignTrackerId: IMEI };
    await registerTracker(store, PROVIDERS, later, () => T0 + 2);
    expect((await openBook(store)).find('teltonika', IMEI)?.oid).toBe(foreign);
    const direct = await registerTracker(store, PROVIDERS, { ...other, trackerId: IMEI }, () => T0 + 3);
    expect((await openBook(store)).find('teltonika', IMEI)?.oid).toBe(direct.tracker.oid);
  });

  test('a tracker registered by another process is found at once, a disconnected one until the next commit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'odograph-book-'));
    const mine = openSqliteStore(join(folder, 'registry.sqlite'));
    const theirs = openSqliteStore(join(folder, 'registry.sqlite'));
    const book = await openBook(mine);
    expect(book.find('teltonika', IMEI)).toBeNull();
    const oid = await registerVehicle(theirs);
    expect(book.find('teltonika', IMEI)).toMatchObject({ oid });
    await moveTracker(theirs, oid, 'cancel', 'asked', () => T0 + 1);
    await book.commit();
    expect(book.find('teltonika', IMEI)).toBeNull();
    mine.close();
    theirs.close();
    rmSync(folder, { recursive: true });
  });
});

describe('from data to connected', () => {
  test('the tracker is connected once, at the frame that completes the distance, and its history says why', async () => {
    const oid = await registerVehicle(store);
    const book = await openBook(store);
    for (const outcome of drive(20)) book.apply(outcome);
    expect(store.trackerByOid(oid)?.status).toBe('pending_for_data');
    await book.commit();
    expect(store.trackerByOid(oid)).toMatchObject({ status: 'connected', statusAt: T0 + 50_500, revision: 4 });
    expect(store.transitionsOf(oid).map(({ to, trigger }) => [to, trigger])).toEqual([
      ['pending', 'register'],
      ['pending_validation', 'validate'],
      ['pending_for_data', 'validated'],
      ['connected', 'moved'],
    ]);
    const rows = (await book.outbox(100)).filter(({ table }) => table === 'tracker_transitions');
    expect(rows.map(({ row }) => [row['number'], row['to_status']])).toEqual([
      [1, 'pending'],
      [2, 'pending_validation'],
      [3, 'pending_for_data'],
      [4, 'connected'],
    ]);
    for (const outcome of drive(20, 21)) book.apply(outcome);
    await book.commit();
    expect(store.transitionsOf(oid)).toHaveLength(4);
  });

  test('moves in one batch after another each leave one row in the history', async () => {
    const oid = await registerVehicle(store);
    const book = await openBook(store, { evidence: { ...EVIDENCE_RULES, erroneousFixes: 2 } });
    for (const outcome of [wrong(1), wrong(2), ...drive(20, 3)]) {
      book.apply(outcome);
      await book.commit();
    }
    const path = store.transitionsOf(oid).slice(3);
    expect(path.map(({ number, to }) => [number, to])).toEqual([
      [4, 'error_data'],
      [5, 'pending_for_data'],
      [6, 'connected'],
    ]);
    expect((await book.outbox(100)).filter(({ table }) => table === 'tracker_transitions')).toHaveLength(6);
  });

  test('frames from before the registration attach to nothing and do not count', async () => {
    const book = await openBook(store);
    for (const outcome of drive(20)) book.apply(outcome);
    await book.commit();
    const oid = await registerVehicle(store, T0 + 1_000_000);
    for (const outcome of drive(20, 21)) book.apply(outcome);
    await book.commit();
    expect(store.trackerByOid(oid)?.status).toBe('pending_for_data');
    expect(store.evidenceOf(oid)?.rejections.before_registration?.count).toBe(20);
  });

  test('evidence outlives a restart', async () => {
    const oid = await registerVehicle(store);
    const frames = drive(11);
    const first = await openBook(store);
    for (const outcome of frames.slice(0, 6)) first.apply(outcome);
    await first.commit();
    const second = await openBook(store);
    expect(second.appliedThrough).toBe(6);
    for (const outcome of frames) second.apply(outcome);
    await second.commit();
    expect(store.trackerByOid(oid)?.status).toBe('connected');
    expect(store.evidenceOf(oid)?.distance.walk.metres).toBeCloseTo(500, 0);
  });

  test('positions of another spool say nothing about this one', async () => {
    await registerVehicle(store);
    const first = await openBook(store);
    for (const outcome of drive(3)) first.apply(outcome);
    await first.commit();
    const other = await openBook(store, { spoolId: 'cd34' });
    expect(other.appliedThrough).toBe(0);
    other.apply(anOutcome(1, [aMessage(60, 600)]));
    await other.commit();
    expect(store.news('cd34', '').appliedThrough).toBe(1);
  });

  test('a tracker that somebody disconnects while its last metres are not yet committed stays disconnected', async () => {
    const oid = await registerVehicle(store);
    const book = await openBook(store);
    for (const outcome of drive(20)) book.apply(outcome);
    await moveTracker(store, oid, 'cancel', 'asked', () => T0 + 1);
    await book.commit();
    expect(store.trackerByOid(oid)?.status).toBe('disconnected');
    expect(store.transitionsOf(oid).map(({ to }) => to)).toEqual([
      'pending',
      'pending_validation',
      'pending_for_data',
      'disconnected',
    ]);
    expect(book.find('teltonika', IMEI)).toBeNull();
  });

  test('a move that meets a change within the commit is judged anew from the changed tracker', async () => {
    const oid = await registerVehicle(store);
    let meddle = true;
    // The change falls between the refresh and the transaction, where another process would get in.
    const meddled = storeWith({
      commit: (changes) => {
        const tracker = store.trackerByOid(oid);
        if (meddle && tracker !== null) store.update(moved(tracker, 'data_wrong'), tracker.revision);
        meddle = false;
        return store.commit(changes);
      },
    });
    const book = await openBook(meddled);
    for (const outcome of drive(20)) book.apply(outcome);
    await book.commit();
    const path = store.transitionsOf(oid).slice(3);
    expect(path.map(({ to }) => to)).toEqual(['error_data', 'pending_for_data', 'connected']);
    expect(store.trackerByOid(oid)).toMatchObject({ status: 'connected', revision: 6 });
  });

  test('after another validation the evidence begins anew', async () => {
    const request = { trackerId: '353451044508750', provider: 'astrata', type: 'obd' };
    const { tracker } = await registerTracker(store, PROVIDERS, request, () => T0);
    const book = await openBook(store);
    book.apply(anOutcome(1, [aMessage(1, 0), aMessage(9, 90)], { ident: tracker.trackerId }));
    await book.commit();
    expect(store.evidenceOf(tracker.oid)?.distance.fixes).toHaveLength(2);
    const again = { ...tracker, validatedAt: T0 + 60_000, statusAt: T0 + 60_000, revision: tracker.revision + 1 };
    store.update({ tracker: again, transitions: [], outbox: [] }, tracker.revision);
    await book.commit();
    book.apply(anOutcome(2, [aMessage(10, 100), aMessage(70, 200)], { ident: tracker.trackerId }));
    book.apply(anOutcome(3, [aMessage(70, 200)], { ident: tracker.trackerId }));
    await book.commit();
    expect(store.evidenceOf(tracker.oid)).toMatchObject({ since: T0 + 60_000, distance: { fixes: [{ at: T0 + 70_000 }] } });
  });
});

describe('trips', () => {
  test('a finished trip becomes one row, of whichever rule ended it', async () => {
    const oid = await registerVehicle(store);
    const book = await openBook(store);
    for (const outcome of drive(20)) book.apply(outcome);
    book.apply(anOutcome(21, [aMessage(3_600, 900)]));
    await book.commit();
    const trips = (await book.outbox(100)).filter(({ table }) => table === 'trips');
    expect(trips).toHaveLength(1);
    expect(trips[0]?.row).toMatchObject({
      trip_id: `${oid}-${T0}`,
      tracker_oid: oid,
      ident: IMEI,
      started_at: T0,
      ended_at: T0 + 95_000,
      points: 20,
      max_speed_kmh: 36,
      distance_m: expect.closeTo(950, 0),
    });
  });

  test('a tick ends a silent trip, but neither right after the start nor while old records are read, nor after the clock has jumped', async () => {
    const oid = await registerVehicle(store);
    const book = await openBook(store);
    const ended = async (): Promise<number> => (await book.outbox(100)).filter(({ table }) => table === 'trips').length;
    const later = T0 + 3_600_000;
    for (const outcome of drive(20)) book.apply(outcome);
    await book.tick(later);
    await book.tick(later + 1_000);
    expect(await ended()).toBe(0);
    book.apply(anOutcome(21, [aMessage(100, 1_000)]));
    // An hour ahead at once, and back: nobody was silent for that.
    await book.tick(later + 3_601_000);
    await book.tick(later + 2_000);
    expect(await ended()).toBe(0);
    book.apply(anOutcome(22, [aMessage(101, 1_010)]));
    for (let s = 3; s < 603; s += 30) await book.tick(later + s * 1_000);
    expect(await ended()).toBe(0);
    await book.tick(later + 603_000);
    expect(await ended()).toBe(1);
    expect(store.tripOf(oid)).toMatchObject({ closed: true, points: 22 });
    await book.tick(later + 604_000);
    expect(await ended()).toBe(1);
  });

  test('unregistered idents make no trips', async () => {
    const book = await openBook(store);
    for (const outcome of [...drive(20), anOutcome(21, [aMessage(3_600, 900)])]) book.apply(outcome);
    await book.commit();
    expect(await book.outbox(100)).toEqual([]);
  });
});

describe('answers to commands', () => {
  test('settle with the commit of their frame, once, however often it is read after a crash', async () => {
    const at = T0 - 10_000;
    const commands = [1, 2].map(() => {
      const rules = { addressed: false, maxAttempts: 3, queuedAt: at, expiresAt: T0 + 60_000 };
      return store.commands.add({ ident: IMEI, text: 'getver', ...rules });
    });
    const { sessionId } = anOutcome(1, []).record;
    const sending = { sessionId, protocol: 'teltonika', at };
    const statuses = () => commands.map(({ id }) => store.commands.byId(id)?.status);
    store.commands.beginSendings([{ ...sending, id: commands[0]?.id ?? 0 }]);
    // The answer is a message that is stored already: devices answer the same to the same question.
    const answered = anOutcome(1, [], { column: 'duplicate', answer: { text: 'Ver:03.27', refused: false } });
    (await openBook(store)).apply(answered);
    expect(statuses()).toEqual(['sent', 'queued']);
    const book = await openBook(store);
    book.apply(answered);
    await book.commit();
    expect(statuses()).toEqual(['answered', 'queued']);
    store.commands.beginSendings([{ ...sending, id: commands[1]?.id ?? 0 }]);
    for (const again of [book, await openBook(store)]) {
      again.apply(answered);
      again.apply(anOutcome(2, []));
      await again.commit();
    }
    expect(statuses()).toEqual(['answered', 'sent']);
    expect(store.commands.byId(commands[0]?.id ?? 0)).toMatchObject({ result: 'Ver:03.27', answeredAt: T0 });
  });
});

describe('who is heard', () => {
  test('frames, messages, the newest good fix and quarantine are kept for idents nobody registered', async () => {
    const book = await openBook(store);
    book.apply(anOutcome(1, [aMessage(10, 0), aMessage(5, 0)]));
    book.apply(anOutcome(2, [], { column: 'duplicate' }));
    book.apply(anOutcome(3, [], { column: 'quarantined', quarantine: { code: 'wire_crc', detail: 'crc is 1' } }));
    book.apply(anOutcome(4, [], { ident: '', column: 'quarantined', quarantine: { code: 'wire_unknown', detail: 'nobody' } }));
    await book.commit();
    expect(store.unregistered(9)).toEqual([
      expect.objectContaining({
        ident: IMEI,
        trackerOid: null,
        frames: 3,
        messages: 2,
        duplicates: 1,
        lastMessageAt: T0 + 10_000,
        quarantined: { wire_crc: 1 },
        lastFix: { at: T0 + 10_000, lat: 40.4, lon: -3.7 },
      }),
    ]);
  });

  test('of a tracker that only goes on, numbers alone are written, and all of it where anything else changes', async () => {
    const oid = await registerVehicle(store);
    const written: [whole: number, counted: number][] = [];
    const watched: BookStore = {
      news: (spoolId, mark) => store.news(spoolId, mark),
      heardBy: () => store.heardBy(),
      statesOf: (oids) => store.statesOf(oids),
      outbox: (most) => store.outbox(most),
      settle: (ids) => store.settle(ids),
      commit: (changes) => {
        written.push([changes.heard.length, changes.counted.length]);
        return store.commit(changes);
      },
    };
    const said = { signalKeys: ['ignition.state.on'], signalValues: [1] };
    let book = await openBook(watched);
    for (const seq of [1, 2, 3]) {
      book.apply(anOutcome(seq, [aMessage(seq, 0, said)]));
      await book.commit();
    }
    // Another life goes on from what the store has.
    book = await openBook(watched);
    book.apply(anOutcome(4, [aMessage(4, 0, said)]));
    await book.commit();
    expect(store.livenessOf(IMEI)).toMatchObject({
      trackerOid: oid,
      frames: 4,
      messages: 4,
      lastFix: { at: T0 + 4_000 },
      condition: { ignition: { on: true, at: T0 + 4_000 } },
    });
    const elsewhere = anOutcome(5, [aMessage(5, 0)]);
    book.apply({ ...elsewhere, record: { ...elsewhere.record, peer: '203.0.113.9:50000' } });
    await book.commit();
    const without = aMessage(6, 0, { position: null });
    book.apply(anOutcome(6, [without], { record: { ...elsewhere.record, peer: '203.0.113.9:50000' } }));
    await book.commit();
    expect(written).toEqual([
      [1, 0],
      [0, 1],
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 0],
    ]);
    expect(store.livenessOf(IMEI)).toMatchObject({
      peer: '203.0.113.9:50000',
      frames: 6,
      condition: { lacking: { none: { count: 1 } }, ignition: { on: true, at: T0 + 4_000 } },
    });
  });

  test('of the unregistered the longest silent are forgotten; those of trackers stay', async () => {
    const oid = await registerVehicle(store);
    const book = await openBook(store, { unregisteredIdents: 2 });
    let seq = 0;
    const frameOf = (ident: string): FrameOutcome => {
      const { record, ...outcome } = anOutcome(++seq, [], { ident });
      return { ...outcome, record: { ...record, receivedAt: T0 + seq } };
    };
    const hear = (ident: string): void => book.apply(frameOf(ident));
    for (const ident of [IMEI, 'a', 'b']) hear(ident);
    await book.commit();
    for (const ident of ['a', 'c']) hear(ident);
    await book.commit();
    const kept = (): string[] =>
      [store.livenessOf(IMEI), ...store.unregistered(9)].flatMap((heard) => heard?.ident ?? []).sort();
    expect(kept()).toEqual([IMEI, 'a', 'c'].sort());
    expect(store.livenessOf(IMEI)).toMatchObject({ trackerOid: oid });
    // After a restart the bound still holds.
    const next = await openBook(store, { unregisteredIdents: 2 });
    next.apply(frameOf('e'));
    await next.commit();
    expect(kept()).toEqual([IMEI, 'c', 'e'].sort());
  });
});

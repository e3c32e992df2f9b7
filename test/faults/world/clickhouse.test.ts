/** ClickHouse that is not as it should be, in every way that a gateway can meet: a real one, behind a relay. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, migrations } from '../../../src/sink/clickhouse/migrate.ts';
import { SteadyDevice } from '../../support/steady-device.ts';
import { until } from '../../support/waiting.ts';
import { FaultBench } from '../bench.ts';
import { RelayedClickHouse } from '../relayed-clickhouse.ts';

const REQUEST_MS = 1_000;
/** Not one of the fleet. */
const POISONED = '001010019999999';

describe('a ClickHouse that is not as it should be', () => {
  let clickhouse: RelayedClickHouse;
  let bench: FaultBench;

  beforeAll(async () => {
    clickhouse = await RelayedClickHouse.start();
    // Tables as the first version left them: the others are to be brought up to date.
    await migrate(clickhouse.direct, migrations().slice(0, 1));
    const settings = [...clickhouse.settings, `clickhouse.requestTimeoutMs=${REQUEST_MS}`, 'clickhouse.batchRows=200'];
    bench = await FaultBench.start({ settings });
  });
  afterAll(async () => {
    await bench.dispose();
    await clickhouse.remove();
  });

  const logged = (code: string): number => bench.gateway.logged(code).length;
  const rows = async (sql: string): Promise<number> => Number((await clickhouse.ask<{ n: string }>(sql))[0]?.n ?? 0);
  const storedRows = (): Promise<number> => rows('SELECT count() AS n FROM messages');

  /** Waits until rows are stored that came after this call. */
  async function expectStoresOn(): Promise<void> {
    const before = await storedRows();
    await until('rows are stored again', async () => (await storedRows()) > before, 60_000);
  }

  /** Sees that devices do not notice: they are acknowledged, and devices are still sent here. */
  async function expectGoesOn(): Promise<void> {
    await bench.expectEachTold(3);
    expect(await bench.gateway.readiness()).toEqual({ status: 200, reasons: [] });
  }

  it('with tables of an earlier version: they are brought up to date, and frames wait meanwhile', async () => {
    await expectGoesOn();
    await expectStoresOn();
    expect(await rows('SELECT max(number) AS n FROM schema_migrations')).toBe(migrations().at(-1)?.number);
  });

  it('refused', async () => {
    const before = logged('sink_unreachable');
    await clickhouse.relay.shut();
    await until('it is known', () => logged('sink_unreachable') > before);
    await expectGoesOn();
    await clickhouse.relay.reopen();
    await expectStoresOn();
  });

  it.each([
    ['hanging: an insert times out that was never done', 'silent', () => clickhouse.relay.swallowed],
    ['answering too late: an insert times out that was done', 'mute', () => clickhouse.relay.muted],
    ['cut off before its answer: an insert that was done looks like one that was not', 'cutting', () => clickhouse.relay.cut],
  ] as const)('%s', async (_how, mood, count) => {
    const [happened, noticed] = [count(), logged('sink_unreachable')];
    clickhouse.relay.mood = mood;
    await until('it happened', () => count() > happened && logged('sink_unreachable') > noticed, 60_000);
    await expectGoesOn();
    clickhouse.relay.mood = 'open';
    await expectStoresOn();
  });

  it('refusing one row of many: that row is in quarantine with its reason, and all others are stored', async () => {
    await clickhouse.direct.command(`ALTER TABLE odograph.messages ADD CONSTRAINT known CHECK ident != '${POISONED}'`);
    const device = await SteadyDevice.connect(bench.doors.ports.tcp, POISONED);
    await device.send(2);
    await device.allAcknowledged(60_000);
    device.leave();
    const refused = "SELECT count() AS n FROM quarantine FINAL WHERE code = 'sink_rejected_row'";
    await until('the rows are in quarantine', async () => (await rows(refused)) === 2, 60_000);
    const [row] = await clickhouse.ask<{ detail: string }>("SELECT detail FROM quarantine WHERE code = 'sink_rejected_row'");
    expect(row?.detail).toMatch(/ClickHouse refuses row \d of messages: .*known.* The row: ident="001010019999999"/s);
    await expectGoesOn();
    await clickhouse.direct.command('ALTER TABLE odograph.messages DROP CONSTRAINT known');
    await expectStoresOn();
  });

  it('with too many parts: it is waited for, and nothing is put away', async () => {
    const strict = 'parts_to_throw_insert = 3, parts_to_delay_insert = 2, max_delay_to_insert = 1';
    await clickhouse.direct.command('SYSTEM STOP MERGES odograph.messages');
    await clickhouse.direct.command(`ALTER TABLE odograph.messages MODIFY SETTING ${strict}`);
    await until(
      'there are too many',
      () => bench.gateway.logged('sink_unknown_outcome').some((line) => /too many parts/i.test(line)),
      60_000,
    );
    await expectGoesOn();
    const names = 'parts_to_throw_insert, parts_to_delay_insert, max_delay_to_insert';
    await clickhouse.direct.command(`ALTER TABLE odograph.messages RESET SETTING ${names}`);
    await clickhouse.direct.command('SYSTEM START MERGES odograph.messages');
    await expectStoresOn();
    expect(await rows("SELECT count() AS n FROM quarantine WHERE code = 'sink_rejected_row'")).toBe(2);
  });

  it('whose tables a later version has changed under way: a column more is none of its business', async () => {
    await clickhouse.direct.command('ALTER TABLE odograph.messages ADD COLUMN of_a_later_version UInt8 DEFAULT 7');
    await expectStoresOn();
    await clickhouse.direct.command('ALTER TABLE odograph.messages DROP COLUMN of_a_later_version');
    await expectGoesOn();
  });

  it('with tables of a later version at a start: it says so and writes nothing, and frames wait', async () => {
    await clickhouse.direct.command(
      "INSERT INTO odograph.schema_migrations (number, name, sha256) VALUES (9999, 'later', 'x')",
    );
    await bench.restart();
    await until('it is told', () => logged('sink_schema') > 0, 60_000);
    expect(bench.gateway.logged('sink_schema')[0]).toMatch(
      /database \\"odograph\\" is at migration 9999, this version knows \d+: run the version that made it/,
    );
    const before = await storedRows();
    await expectGoesOn();
    expect(await storedRows()).toBe(before);
    await clickhouse.direct.command(
      'ALTER TABLE odograph.schema_migrations DELETE WHERE number = 9999 SETTINGS mutations_sync = 1',
    );
    await expectStoresOn();
  });

  it('at the end of it all has every acknowledged record once', async () => {
    await bench.expectAllKept(clickhouse.ask);
  });
});

/** Vehicles whose hour is waited out, each with a record every ten seconds. `FAULTS=long` takes a thousand. */
const HOUR_VEHICLES = process.env['FAULTS'] === 'long' ? 1_000 : 60;
/** Some of their frames end in quarantine. */
const RECORDS_AN_HOUR = 360;
const RECORDS_A_FRAME = 10;

describe('a ClickHouse that was away for an hour', () => {
  it(`has the backlog of ${HOUR_VEHICLES} vehicles in a fraction of the time in which it came`, async () => {
    const clickhouse = await RelayedClickHouse.start();
    await clickhouse.relay.shut();
    // Batches and pauses as they come: what is shown is what an operator has.
    const settings = [...clickhouse.settings, 'clickhouse.batchAgeMs=1000', 'clickhouse.retryMaxMs=5000'];
    const trackers = { teltonika: HOUR_VEHICLES };
    const bench = await FaultBench.start({ settings, trackers, recordsPerFrame: RECORDS_A_FRAME, pauseMs: 0 });
    try {
      await bench.expectEachTold(RECORDS_AN_HOUR / RECORDS_A_FRAME);
      await bench.fleet.finish(60_000);
      await clickhouse.relay.reopen();
      await bench.expectAllKept(clickhouse.ask, HOUR_VEHICLES * RECORDS_AN_HOUR * 0.8);
    } finally {
      await bench.dispose();
      await clickhouse.remove();
    }
  });
});

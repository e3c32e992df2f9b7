/**
 * Rows of a fleet, made inside ClickHouse: each tracker drives some two hours a day and sends a message every thirty seconds. Places move
 * a step at a time, most signals stand still or count up, times of receiving scatter, and rows arrive by time and not by tracker, as in a
 * gateway; record ids are as random as hashes are.
 */
import type { Connection } from '../../src/sink/clickhouse/connection.ts';

export const TRACKERS = 100_000;
/** Midnight of the first day, UTC. */
export const FIRST_DAY = Date.UTC(2026, 5, 1);
const MESSAGES_A_DAY = 250;
const EVERY_MS = 30_000;
const DAY_MS = 86_400_000;
/** Rows of one statement: as many as some dozens of batches, so that parts are merged as they are in a gateway. */
const ROWS_AT_ONCE = 500_000;

export const identOf = (tracker: number): string => String(356_307_042_000_000 + tracker * 97);
export const oidOf = (tracker: number): string => `t-${identOf(tracker)}`;

/** Days on which there are rows, when there are so many. */
export function daysOf(rows: number): number {
  return Math.max(1, Math.floor(rows / TRACKERS / MESSAGES_A_DAY));
}

const ROWS = `
  SELECT toString(356307042000000 + t * 97) AS ident,
    fromUnixTimestamp64Milli(toInt64(${FIRST_DAY} + intDiv(n, ${MESSAGES_A_DAY}) * ${DAY_MS} + (n % ${MESSAGES_A_DAY}) * ${EVERY_MS}
      + t % 40000 * 1000)) AS device_time,
    cityHash64(k) AS record_id, intDiv(k, 10000) AS batch_id, 1147797409030816545 AS spool_id, k + 1 AS spool_seq, 0 AS row_index,
    concat('t-', ident) AS tracker_oid, 'targa' AS provider, 'teltonika' AS protocol, 1 AS codec_version, 'tcp' AS transport,
    'trackers' AS listener, device_time AS observed_at, NULL AS fix_time,
    device_time + toIntervalMillisecond(600 + cityHash64(k, 1) % 900) AS received_at,
    received_at + toIntervalMillisecond(400 + cityHash64(batch_id) % 600) AS stored_at,
    'none' AS clock_repair, false AS backlog,
    round(36 + t % 1000 / 100 + 0.2 * sin(n / 60 + t) + cityHash64(k, 2) % 400 / 1e7, 7) AS lat,
    round(-9 + intDiv(t, 1000) / 10 + 0.2 * cos(n / 60 + t) + cityHash64(k, 3) % 400 / 1e7, 7) AS lon,
    true AS valid, '' AS distrust, 600 + round(30 * sin(n / 25 + t)) AS altitude_m,
    greatest(0, round(55 + 40 * sin(n / 9 + t) + cityHash64(k, 4) % 9)) AS speed_kmh, (n * 6 + t + cityHash64(k, 5) % 15) % 360 AS course_deg,
    8 + cityHash64(intDiv(n, 8), t) % 6 AS satellites, NULL AS hdop,
    map('device.supply.voltage', 13.8 + cityHash64(k, 6) % 5 / 10, 'device.battery.voltage', 4.1,
      'device.gsm.signal', toFloat64(3 + cityHash64(intDiv(n, 10), t) % 3), 'ignition.state.on', 1.0, 'engine.speed.value', 900 + speed_kmh * 25,
      'engine.coolant.temperature', toFloat64(86 + cityHash64(intDiv(n, 20), t) % 5), 'odometer.total.value', round(t * 3 % 200000 + n * 0.42, 3),
      'consumption.fuel.level', toFloat64(80 - n % ${MESSAGES_A_DAY} * 40 / ${MESSAGES_A_DAY}), 'teltonika.io.69', 1.0, 'teltonika.io.200', 0.0) AS signals,
    map() AS states, [] AS events, '' AS company_id
  FROM (SELECT number AS k, number % ${TRACKERS} AS t, intDiv(number, ${TRACKERS}) AS n FROM numbers({from:UInt64}, {count:UInt64}))`;

/** Writes them, and gives how many a second went in: ClickHouse makes them at the same time, so it is less than it could take. */
export async function storeFleet(connection: Connection, rows: number, tell: (words: string) => void): Promise<number> {
  const { database } = connection;
  await connection.command(
    `INSERT INTO ${database}.tracker_idents (ident, source, provider, tracker_oid, tracker_id, registered_at, ended_at, revision, company_id)
     SELECT toString(356307042000000 + number * 97) AS ident, 'tracker_id', 'targa', concat('t-', ident), ident,
       fromUnixTimestamp64Milli(toInt64(${FIRST_DAY})), NULL, 1, 'default' FROM numbers(${TRACKERS})`,
  );
  const begun = performance.now();
  let from = 0;
  const insert = async (): Promise<void> => {
    while (from < rows) {
      const part = { from, count: Math.min(ROWS_AT_ONCE, rows - from) };
      from += ROWS_AT_ONCE;
      await connection.command(
        `INSERT INTO ${database}.messages (${NAMES}) SELECT ${NAMES} FROM (${ROWS}) SETTINGS max_threads = 1`,
        part,
      );
      if (part.from % 10_000_000 === 0 && part.from > 0) tell(`${part.from / 1e6} million rows`);
    }
  };
  // Two at a time, as a gateway has.
  await Promise.all([insert(), insert()]);
  return (rows / (performance.now() - begun)) * 1_000;
}

const NAMES = [
  'ident, device_time, record_id, batch_id, spool_id, spool_seq, row_index, tracker_oid, provider, protocol, codec_version, transport',
  'listener, observed_at, fix_time, received_at, stored_at, clock_repair, backlog, lat, lon, valid, distrust, altitude_m, speed_kmh',
  'course_deg, satellites, hdop, signals, states, events, company_id',
].join(', ');

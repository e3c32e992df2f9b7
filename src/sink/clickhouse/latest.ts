/**
 * Fills `latest_messages` from the messages that are stored. Inserts of messages fill it by themselves, through the view
 * `latest_messages_feed`: this is for messages that were there before it, and for what was deleted or replaced.
 */
import type { EpochMs } from '#model/clocks';
import type { Connection } from './connection.ts';
import { erase } from './mutations.ts';

const COLUMNS = `ident, tracker_oid, company_id, believed, by_receipt, keys_hash, kept_by, observed_at, received_at, provider, lat, lon,
  altitude_m, speed_kmh, course_deg, satellites, hdop, signals, states`;

/** As `latest_messages_feed` has them. */
const BELIEVED = "(lat IS NOT NULL AND valid AND distrust = '')";
const KEYS_HASH = 'cityHash64(mapKeys(signals), mapKeys(states))';

/** Which message is the newest is found by few columns, and only those are read whole: a third of what sorting them takes. */
const OWNER = `ident, tracker_oid, company_id, ${BELIEVED}`;
const NEWEST = { key: `${OWNER}, ${KEYS_HASH}`, by: 'observed_at', isByReceipt: false } as const;
const LAST_OF_BACKLOG = { key: OWNER, by: 'received_at', isByReceipt: true } as const;

/** Idents of one statement. */
const IDENTS_AT_ONCE = 1_000;

/**
 * Makes anew what is known last of some idents, after messages of theirs were deleted, or were replaced by others of the same record id: of a
 * message that was decoded anew, what it said before would stay where its time or its keys are others now.
 */
export async function remakeLatest(connection: Connection, idents: readonly string[], signal: AbortSignal): Promise<void> {
  const ours = 'ident IN {idents:Array(String)}';
  for (let from = 0; from < idents.length; from += IDENTS_AT_ONCE) {
    const parameters = { idents: idents.slice(from, from + IDENTS_AT_ONCE) };
    await erase(connection, 'latest_messages', ours, parameters, signal);
    await fill(connection, { messages: 'messages FINAL', where: ours }, parameters);
  }
}

/** Of which messages. `FINAL` reads each once, as it was stored last, and reads all columns of whatever the condition's part of the key leaves. */
interface Filling {
  messages: 'messages' | 'messages FINAL';
  where: string;
}

/** Adds what is known last by some messages. Adding it twice leaves it once. */
async function fill(connection: Connection, { messages, where }: Filling, parameters: Record<string, unknown>): Promise<void> {
  const { database } = connection;
  for (const { key, by, isByReceipt } of [NEWEST, LAST_OF_BACKLOG]) {
    const from = `FROM ${database}.${messages} WHERE ${isByReceipt ? `backlog AND ${where}` : where}`;
    await connection.command(
      `INSERT INTO ${database}.latest_messages (${COLUMNS})
       SELECT ident, tracker_oid, company_id, ${BELIEVED}, ${isByReceipt}, ${isByReceipt ? '0' : KEYS_HASH}, ${by}, observed_at, received_at,
         provider, lat, lon, altitude_m, speed_kmh, course_deg, satellites, hdop, signals, states
       ${from} AND (${key}, ${by}) IN (SELECT ${key}, max(${by}) ${from} GROUP BY ${key})`,
      parameters,
    );
  }
}

/** Messages of one statement, so that it ends long before its answer is given up. */
const ROWS_AT_ONCE = 2_000_000;

/** Fills it for all that is stored, some idents after the other: a million messages take about three seconds of processor time. */
export async function fillWholeLatest(connection: Connection): Promise<void> {
  const pieces = await connection.rows<{ from: string }>(
    `SELECT min(ident) AS from
     FROM (SELECT ident, intDiv(sum(count()) OVER (ORDER BY ident), {most:UInt64}) AS piece FROM ${connection.database}.messages GROUP BY ident)
     GROUP BY piece ORDER BY from`,
    { most: ROWS_AT_ONCE },
  );
  for (const [i, { from }] of pieces.entries()) {
    const to = pieces[i + 1]?.from;
    const where = `ident >= {from:String}${to === undefined ? '' : ' AND ident < {to:String}'}`;
    await fill(connection, { messages: 'messages FINAL', where }, { from, to: to ?? '' });
  }
}

/** Inserts are written to the disk within half a minute where nobody asks for it: what is older by so much is there, ms. */
const WRITTEN_MS = 600_000;

/**
 * Mends what a power cut may have taken: inserts into this table are not synced as those into `messages` are, which took 11 ms more for each on a
 * busy disk. Where nothing was received since the machine started, the messages of the last minutes before are added again. They are
 * looked for in the column of their time of receipt, a second or two for each hundred million, once after a start of the machine.
 */
export async function mendLatest(connection: Connection, bootedAt: EpochMs): Promise<void> {
  const [last] = await connection.rows<{ n: string; ms: string }>(
    `SELECT count() AS n, toUnixTimestamp64Milli(max(received_at)) AS ms FROM ${connection.database}.latest_messages`,
  );
  if (last === undefined || Number(last.n) === 0) return fillWholeLatest(connection);
  if (Number(last.ms) >= bootedAt) return;
  const where = 'received_at >= fromUnixTimestamp64Milli({since:Int64})';
  await fill(connection, { messages: 'messages', where }, { since: Number(last.ms) - WRITTEN_MS });
}

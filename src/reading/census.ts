/**
 * The census: what was seen in stored data, known to the catalogues or not, with counts, a sample, and when it was seen first and
 * last. It tells an engineer what a codec does not map yet, and an operator who sends without being registered.
 */
import type { EpochMs } from '#model/clocks';
import { EVENTS } from '#model/events';
import { SIGNAL_BY_KEY } from '#model/signals';
import type { Rows } from './rows.ts';

/** What is counted. `element` is an io element, `can` a CAN id or an answer of the bus that no table knows. */
export const CENSUS_KINDS = ['protocol', 'ident', 'signal', 'element', 'can', 'event', 'fault'] as const;
export type CensusKind = (typeof CENSUS_KINDS)[number];

export interface CensusEntry {
  kind: CensusKind;
  /** Protocol it was seen in. */
  protocol: string;
  /** The key, code or ident itself. */
  name: string;
  /** A catalogue knows it, or a tracker goes by it. */
  known: boolean;
  /** Messages, or frames, in which it was seen. */
  count: number;
  /** Distinct idents that sent it. */
  idents: number;
  /** One of its values. */
  sample: string;
  firstAt: EpochMs;
  lastAt: EpochMs;
}

export interface CensusQuery {
  kinds: readonly CensusKind[];
  /** Only what no catalogue knows and no tracker goes by. */
  unknownOnly: boolean;
  /** By time of receipt: from this on, and before that. */
  from: EpochMs;
  to: EpochMs;
  /** Most entries of each kind, the most frequent first. */
  most: number;
}

interface Row {
  protocol: string;
  name: string;
  known?: 0 | 1;
  count: string;
  idents: string;
  sample: string;
  first_at: string;
  last_at: string;
}

const WINDOW = 'received_at >= fromUnixTimestamp64Milli({from:Int64}) AND received_at < fromUnixTimestamp64Milli({to:Int64})';
const COUNTED = `count() AS count, uniqExact(ident) AS idents,
  toUnixTimestamp64Milli(min(received_at)) AS first_at, toUnixTimestamp64Milli(max(received_at)) AS last_at`;

const signals = (where: string): string => `
  SELECT protocol, entry.1 AS name, toString(any(entry.2)) AS sample, ${COUNTED}
  FROM (SELECT protocol, ident, received_at, arrayJoin(arrayConcat(
    arrayZip(mapKeys(signals), arrayMap(v -> toString(v), mapValues(signals))), arrayZip(mapKeys(states), mapValues(states)))) AS entry
    FROM {db:Identifier}.messages WHERE ${WINDOW})
  WHERE ${where} GROUP BY protocol, name`;

const IS_ELEMENT = "match(name, '\\\\.io\\\\.[0-9]+$')";
const IS_CAN = "match(name, '^can-frames\\\\.(id|answer)\\\\.')";

/** The query of each kind, without its order and limit. */
const QUERIES: Readonly<Record<CensusKind, string>> = {
  protocol: `SELECT protocol, protocol AS name, any(listener) AS sample, ${COUNTED} FROM {db:Identifier}.frames WHERE ${WINDOW} GROUP BY protocol`,
  ident: `SELECT protocol, ident AS name, argMax(peer, received_at) AS sample, ${COUNTED},
    ident IN (SELECT ident FROM {db:Identifier}.tracker_idents FINAL WHERE ended_at IS NULL) AS known
    FROM {db:Identifier}.frames WHERE ident != '' AND ${WINDOW} GROUP BY protocol, name`,
  signal: signals(`NOT ${IS_ELEMENT} AND NOT ${IS_CAN}`),
  element: signals(IS_ELEMENT),
  can: signals(IS_CAN),
  event: `SELECT protocol, code AS name, if(any(alarm), 'alarm', '') AS sample, ${COUNTED}
    FROM (SELECT e.code AS code, e.alarm AS alarm, e.ident AS ident, e.received_at AS received_at,
        if(e.protocol = '', m.protocol, e.protocol) AS protocol FROM {db:Identifier}.events AS e
      LEFT ANY JOIN (SELECT record_id, protocol FROM {db:Identifier}.messages WHERE ${WINDOW}) AS m ON m.record_id = e.record_id
      WHERE e.${WINDOW.replace('AND received_at', 'AND e.received_at')}) GROUP BY protocol, name`,
  fault: `SELECT protocol, code AS name, any(detail) AS sample, ${COUNTED} FROM {db:Identifier}.quarantine WHERE ${WINDOW} GROUP BY protocol, name`,
};

/** Tells whether a catalogue knows a name; kinds that none lists are known. */
function isKnown(kind: CensusKind, { name, known }: Row): boolean {
  if (known !== undefined) return known === 1;
  if (kind === 'signal') return SIGNAL_BY_KEY.has(name.replace(/\.out_of_range$/, ''));
  if (kind === 'event') return Object.hasOwn(EVENTS, name);
  if (kind === 'protocol') return name !== 'unknown';
  return kind === 'fault';
}

/** More than is asked for is read, since what is known is only told apart afterwards. */
const READ_MOST = 10_000;

/** Counts what was seen, kind by kind, the most frequent first. */
export async function census(store: Rows, database: string, query: CensusQuery): Promise<CensusEntry[]> {
  const { kinds, unknownOnly, from, to, most } = query;
  const entries: CensusEntry[] = [];
  for (const kind of kinds) {
    const sql = `${QUERIES[kind]} ORDER BY count DESC, name LIMIT ${READ_MOST}`;
    const rows = await store.rows<Row>(sql, { db: database, from, to });
    const found = rows.map((row): CensusEntry => {
      const { protocol, name, count, idents, sample, first_at: first, last_at: last } = row;
      const times = { firstAt: Number(first), lastAt: Number(last) };
      return {
        kind,
        protocol,
        name,
        known: isKnown(kind, row),
        count: Number(count),
        idents: Number(idents),
        sample,
        ...times,
      };
    });
    entries.push(...found.filter(({ known }) => !unknownOnly || !known).slice(0, most));
  }
  return entries;
}

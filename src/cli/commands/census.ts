import { Command, Option } from 'commander';
import type { Config } from '../../config/schema.ts';
import type { VisitReport } from '../../observe/visits.ts';
import { census, CENSUS_KINDS, type CensusEntry, type CensusKind } from '../../reading/census.ts';
import { Connection } from '../../sink/clickhouse/connection.ts';
import { withClickHouse } from '../clickhouse-access.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { note, say, sayJson, sayTable, type Io } from '../console-io.ts';
import { durationBetween } from '../duration-option.ts';
import { askAll } from '../gateway-access.ts';
import { numberBetween } from '../number-option.ts';
import { utc } from '../registry.ts';

interface Options {
  kind?: CensusKind[];
  all?: boolean;
  since: number;
  limit: number;
  json?: boolean;
}

const YEAR_MS = 365 * 86_400_000;
const HEADINGS: Readonly<Record<CensusKind, string>> = {
  protocol: 'protocols',
  ident: 'idents',
  signal: 'signals and states',
  element: 'io elements that no table maps',
  can: 'CAN ids and bus answers that no table knows',
  event: 'events',
  fault: 'faults in quarantine',
};

/** `odograph census`: what was seen that nothing knows yet, with counts, samples, and first and last time. */
export function censusCommand(io: Io, protocols: readonly string[]): Command {
  const kinds = new Option('-k, --kind <KIND...>', 'only these').choices(CENSUS_KINDS);
  const command = withConfigOptions(new Command('census'))
    .description('count what was seen that no table knows: protocols, idents, signals, io elements, CAN ids, events')
    .addOption(kinds)
    .option('-a, --all', 'what is known too')
    .option('--since <TIME>', 'how far back, such as 30m, 24h or 7d', durationBetween(1_000, 10 * YEAR_MS), 7 * 86_400_000)
    .option('-n, --limit <COUNT>', 'most rows of each kind', numberBetween(1, 10_000), 50)
    .option('--json', 'one JSON document');
  return command.action(async (options: Options) => {
    const { config } = configOf(command, io, protocols);
    const now = Date.now();
    const { kind: chosen = [...CENSUS_KINDS], all, since, limit, json } = options;
    const query = { kinds: chosen, unknownOnly: all !== true, from: now - since, to: now + YEAR_MS, most: limit };
    const entries = await readCensus(config, io, query);
    const strangers = chosen.includes('protocol')
      ? (await askAll<VisitReport[]>(config, 'strangers', { sinceMs: since, most: limit }))
          .flat()
          .sort((a, b) => b.openedAt - a.openedAt)
          .slice(0, limit)
      : [];
    if (json === true) sayJson(io, { entries, strangers });
    else sayCensus(io, entries, strangers);
  });
}

function readCensus(config: Config, io: Io, query: Parameters<typeof census>[2]): Promise<CensusEntry[]> {
  return withClickHouse(config, io, async ({ url, headers, username, password }) => {
    const { database, requestTimeoutMs } = config.clickhouse;
    const access = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
    const connection = new Connection({ url, headers, ...access, database: 'default', requestTimeoutMs, connections: 1 });
    try {
      return await census(connection, database, query);
    } finally {
      await connection.close();
    }
  });
}

function sayCensus(io: Io, entries: readonly CensusEntry[], strangers: readonly VisitReport[]): void {
  const byKind = Map.groupBy(entries, ({ kind }) => kind);
  for (const [kind, found] of byKind) {
    say(io, `\n${HEADINGS[kind]}`);
    const rows = found.map(({ protocol, name, known, count, idents, sample, firstAt, lastAt }) => {
      return [name, protocol, known ? '' : 'unknown', count, idents, shortened(sample), utc(firstAt), utc(lastAt)];
    });
    sayTable(io, ['name', 'protocol', '', 'count', 'idents', 'sample', 'first', 'last'], rows);
  }
  if (strangers.length > 0) {
    say(io, '\nsenders that named nobody, by the running gateway');
    const rows = strangers.map(({ peer, listener, protocol, bytes, head, code, openedAt }) => {
      return [peer, listener, protocol, bytes, shortened(head), code ?? '', utc(openedAt)];
    });
    sayTable(io, ['from', 'listener', 'protocol', 'bytes', 'first bytes', 'ended by', 'at'], rows);
  }
  if (entries.length + strangers.length === 0) note(io, 'nothing unknown was seen; --all shows what is known');
}

/** Longest sample in a table, characters. */
const SAMPLE_MOST = 40;

function shortened(text: string): string {
  return text.length > SAMPLE_MOST ? `${text.slice(0, SAMPLE_MOST - 1)}…` : text;
}

import { Command } from 'commander';
import { identsOf } from '#model/tracker';
import { decodersOf } from '#protocols/all';
import type { CodecRegistry } from '#protocols/registry';
import { codecsOf } from '../../app-codecs.ts';
import { readGate } from '../../app-consent.ts';
import { audit, type AuditOptions } from '../../audit/audit.ts';
import { repairWith } from '../../audit/repair.ts';
import { isClean, type AuditReport } from '../../audit/report.ts';
import { sinkSettingsOf, type Config } from '../../config/schema.ts';
import { providerTable } from '../../providers/table.ts';
import { spoolFolders } from '../../processes/folders.ts';
import { openSealedBox } from '../../secrets/key-file.ts';
import type { Connection } from '../../sink/clickhouse/connection.ts';
import { migrate } from '../../sink/clickhouse/migrate.ts';
import type { Store } from '../../store/store.ts';
import { withConnection } from '../clickhouse-access.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { note, sayJson, sayTable, startProgress, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';
import { trackersCalled, withRegistry } from '../registry.ts';
import { untilStopped } from '../signals.ts';
import { collect, instant } from '../time-option.ts';

interface Options {
  from?: number;
  to?: number;
  tracker?: string[];
  repair?: boolean;
  json?: boolean;
}

/** Findings in a table. */
const SHOWN = 50;

/** `odograph audit`: compares the spool with ClickHouse, and brings what is missing. */
export function auditCommand(io: Io, codecs: CodecRegistry): Command {
  const command = withConfigOptions(new Command('audit'))
    .description(
      'compare what the spool still has with what is stored, by record id; beside a running gateway or without one. Ends with 1 where something is missing, stored twice, or said by no record',
    )
    .option('--from <TIME>', 'received at this time or later: ISO 8601, or 2h for two hours ago', instant)
    .option('--to <TIME>', 'received before this time', instant)
    .option('--tracker <NAME>', 'of a tracker: oid, tracker id, foreign tracker id or serial number; may be repeated', collect)
    .option('--repair', 'store what is missing; what is there is not written again')
    .option('--json', 'one JSON document, for each process where there are several');
  return command.action(async (options: Options) => {
    const { config } = configOf(command, io, [...codecs.keys()]);
    const reports = await withRegistry(config, (store) =>
      withConnection(config, io, (connection) => auditAll(io, config, store, connection, options)),
    );
    const areClean = reports.every(({ report }) => isClean(report));
    for (const { directory, report } of reports) {
      if (options.json === true) sayJson(io, { ok: isClean(report), ...(reports.length > 1 ? { directory } : {}), ...report });
      else {
        if (reports.length > 1) note(io, directory);
        sayReport(io, report);
      }
    }
    if (!areClean) throw new CommandFailure('refused', 'the spool and ClickHouse differ');
  });
}

/** Audits the spool of each process of the gateway. */
async function auditAll(io: Io, config: Config, store: Store, connection: Connection, options: Options): Promise<Audited[]> {
  await migrate(connection);
  const reports: Audited[] = [];
  for (const directory of spoolFolders(config)) {
    reports.push({ directory, report: await run(io, config, directory, store, connection, options) });
  }
  return reports;
}

/** What was found of one spool. */
interface Audited {
  directory: string;
  report: AuditReport;
}

async function run(
  io: Io,
  config: Config,
  directory: string,
  store: Store,
  connection: Connection,
  options: Options,
): Promise<AuditReport> {
  const secrets = openSealedBox({ dataDir: config.dataDir, keyFile: config.secrets.keyFile });
  const decoders = decodersOf(codecsOf(config));
  const { framesRetentionMs } = config.clickhouse;
  const sink = sinkSettingsOf(config.clickhouse);
  const trackers = await Promise.all((options.tracker ?? []).map((name) => trackersCalled(store, name)));
  const shared = {
    connection,
    decoders,
    rules: config.pipeline,
    gate: (spoolId: string) => readGate(store.documents, secrets, spoolId),
    now: Date.now,
  };
  const progress = startProgress(io, 'segments of the spool', 0);
  const stopped = untilStopped();
  const aborted = new AbortController();
  void stopped.promise.then(() => aborted.abort(new CommandFailure('refused', 'stopped before the end')));
  const writing = { ...shared, registry: store, providers: providerTable(config.providers), sink };
  const asked: AuditOptions = {
    ...shared,
    directory,
    span: { from: options.from ?? null, to: options.to ?? null },
    idents: trackers.flat().flatMap((tracker) => identsOf(tracker).map(({ ident }) => ident)),
    framesRetentionMs,
    repair: options.repair === true ? repairWith(writing, aborted.signal) : null,
    onProgress: (segments) => {
      aborted.signal.throwIfAborted();
      progress.update(segments);
    },
  };
  try {
    return await audit(asked);
  } finally {
    stopped.forget();
    progress.stop();
  }
}

function sayReport(io: Io, report: AuditReport): void {
  const { records, firstSeq, throughSeq, waiting, otherVersions, beyond, corrupt, tables, findings } = report;
  const rows = Object.entries(tables).map(([table, { expected, missing, repaired, unexplained, duplicates, mergeable }]) => {
    return [table, expected, missing, repaired, unexplained, duplicates, mergeable];
  });
  sayTable(io, ['table', 'must be there', 'missing', 'repaired', 'said by no record', 'twice', 'to be merged'], rows);
  if (findings.length > 0) {
    const shown = findings.slice(0, SHOWN).map(({ kind, table, seq, ident, deviceTime, recordId }) => {
      return [kind, table, seq, ident, deviceTime ?? '', recordId ?? ''];
    });
    sayTable(io, ['what', 'table', 'record', 'ident', 'device time', 'record id'], shown);
    if (findings.length > SHOWN) note(io, `the first ${SHOWN} of them; --json gives more`);
  }
  note(io, `${records} records, ${firstSeq} to ${throughSeq}; ${waiting} are not stored yet and were not compared`);
  if (otherVersions > 0)
    note(io, `${otherVersions} of them were stored by another version of their codec, which may have said something else`);
  if (beyond > 0)
    note(io, `${beyond} frames are stored whose records the spool has lost: its disk did not keep what it had synced`);
  if (corrupt > 0) note(io, `${corrupt} places of the spool cannot be read`);
}

import type { Tracker } from '#model/tracker';
import type { Source } from '../../capture/import/index.ts';
import { sinkSettingsOf, type Config } from '../../config/schema.ts';
import { OutcomeMaker } from '../../pipeline/outcome.ts';
import type { ConsentGate } from '../../pipeline/ports.ts';
import { providerTable } from '../../providers/table.ts';
import { Fingerprint } from '../../replay/fingerprint.ts';
import { recordFor, renamed, type NotKept } from '../../replay/records.ts';
import { piecesOf } from '../../replay/replay.ts';
import type { Renaming } from '../../replay/renaming.ts';
import type { DecoderOptions } from '../../replay/session-decoder.ts';
import type { Connection } from '../../sink/clickhouse/connection.ts';
import { remakeLatest } from '../../sink/clickhouse/latest.ts';
import { migrate } from '../../sink/clickhouse/migrate.ts';
import { ClickHouseSink } from '../../sink/clickhouse/sink.ts';
import { ClickHouseTables } from '../../sink/clickhouse/tables.ts';
import { PastOwners } from '../../store/past-owners.ts';
import { pagesOf } from '../../store/tracker-pages.ts';
import type { TrackerRegistry } from '../../store/tracker-store.ts';
import { gateOver } from '../consents.ts';
import { note, sayJson, sayTable, startProgress, type Io } from '../console-io.ts';
import { withRegistry } from '../registry.ts';
import { untilStopped } from '../signals.ts';
import { CommandFailure } from '../exit-codes.ts';
import { endSource } from '../source-options.ts';

export interface ReingestOptions {
  decoding: DecoderOptions;
  renaming: Renaming;
  json: boolean;
}

/** What became of the frames of a capture. */
interface Counts {
  stored: number;
  duplicate: number;
  quarantined: number;
  messages: number;
  /** Of the messages. */
  idents: Set<string>;
  notKept: Record<NotKept, number>;
  /** Rows that were not in ClickHouse before, by table. */
  newRows: Record<string, number>;
}

/**
 * Decodes a capture and writes the rows to ClickHouse, by the pipeline and the sink of the gateway. Rows carry a position in a
 * spool of their own, named after the capture and all that decides its decode: what was written before is found, and not
 * written again. The registry is asked whose a frame was; nothing in it changes.
 */
export async function reingest(
  io: Io,
  config: Config,
  connection: Connection,
  open: () => Promise<Source>,
  options: ReingestOptions,
): Promise<void> {
  await migrate(connection);
  const spoolId = await fingerprintOf(await open(), config, options);
  const counts: Counts = {
    stored: 0,
    duplicate: 0,
    quarantined: 0,
    messages: 0,
    idents: new Set(),
    notKept: noneYet(),
    newRows: {},
  };
  const sink = await openSink(io, config, connection, spoolId, counts);
  const stopped = untilStopped();
  const aborted = new AbortController();
  void stopped.promise.then(() =>
    aborted.abort(new CommandFailure('refused', 'stopped: what is missing is written next time')),
  );
  try {
    const trackers = await withRegistry(config, everyTracker);
    const owners = new PastOwners(trackers, providerTable(config.providers));
    const input = await open();
    const gate = await gateOver(config, spoolId);
    await write(io, config, input, owners, gate, sink, aborted.signal, options, counts);
    await sink.flush(aborted.signal);
    await remakeLatest(connection, [...counts.idents], aborted.signal);
    sayCounts(io, counts, options.json);
    endSource(io, input);
  } finally {
    stopped.forget();
    sink.close();
  }
}

/** All trackers, those that were given up included. */
async function everyTracker(registry: TrackerRegistry): Promise<Tracker[]> {
  const found: Tracker[] = [];
  for await (const page of pagesOf(registry, {})) found.push(...page);
  return found;
}

async function fingerprintOf(input: Source, { pipeline }: Config, { decoding, renaming }: ReingestOptions): Promise<string> {
  const versions = [...decoding.decoders.values()].map(({ name, version }) => `${name} ${version}`);
  const { protocol, ident } = decoding;
  const fingerprint = new Fingerprint(JSON.stringify([versions, pipeline, renaming.toString(), protocol?.name ?? null, ident]));
  for await (const entry of input.entries) fingerprint.add(entry);
  return fingerprint.toString();
}

function openSink(io: Io, config: Config, connection: Connection, spoolId: string, counts: Counts): Promise<ClickHouseSink> {
  let told = '';
  return ClickHouseSink.open({
    tables: new ClickHouseTables(connection),
    spoolId,
    storedThrough: 0,
    ...sinkSettingsOf(config.clickhouse),
    now: Date.now,
    onFailure: ({ code, detail }) => {
      if (told !== code) note(io, `an insert failed and is tried again: ${detail} [${code}]`);
      told = code;
    },
    onInserted: (table, rows) => {
      counts.newRows[table] = (counts.newRows[table] ?? 0) + rows;
    },
  });
}

async function write(
  io: Io,
  config: Config,
  input: Source,
  owners: PastOwners,
  gate: ConsentGate,
  sink: ClickHouseSink,
  signal: AbortSignal,
  { decoding, renaming }: ReingestOptions,
  counts: Counts,
): Promise<void> {
  const current = { at: 0, isPushed: false };
  const outcomes = new OutcomeMaker({
    decoders: renamed(decoding.decoders, renaming),
    owners: {
      // Where a capture does not say at whose endpoint a push came, it is left to nobody rather than given to another company.
      find: (protocol, ident, companyId) =>
        current.isPushed && companyId === undefined ? null : owners.at(protocol, ident, current.at, companyId),
    },
    rules: config.pipeline,
    duplicateWindow: config.pipeline.duplicateWindow,
    gate,
  });
  const progress = startProgress(io, 'bytes', input.sizeBytes ?? 0);
  let seq = 0;
  const aborted = untilAborted(signal);
  // Also where nobody comes to wait for it.
  aborted.catch(() => undefined);
  try {
    for await (const piece of piecesOf(input.entries, decoding)) {
      signal.throwIfAborted();
      const record = recordFor(piece, renaming);
      if (typeof record === 'string') {
        counts.notKept[record]++;
        continue;
      }
      Object.assign(current, { at: record.receivedAt, isPushed: record.transport === 'http' });
      const outcome = outcomes.of({ seq: ++seq, record });
      if (outcome.column === 'refused') counts.notKept.refused++;
      else counts[outcome.column]++;
      counts.messages += outcome.messages.length;
      for (const { ident } of outcome.messages) counts.idents.add(ident);
      if (sink.full) await Promise.race([sink.room(), aborted]);
      // Decoded as it came; stored as what it is.
      sink.put({ ...outcome, record: { ...outcome.record, transport: 'replay' } });
      progress.update(input.readBytes());
    }
  } finally {
    progress.stop();
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function noneYet(): Record<NotKept, number> {
  return { idle: 0, unfinished: 0, unnamed: 0, refused: 0 };
}

function sayCounts(io: Io, { stored, duplicate, quarantined, messages, notKept, newRows }: Counts, json: boolean): void {
  const { unfinished, unnamed, refused } = notKept;
  if (json) {
    sayJson(io, { stored, duplicate, quarantined, messages, unfinished, unnamed, refused, newRows });
    return;
  }
  const rows = Object.entries({ stored, duplicate, quarantined, unfinished, unnamed, refused }).filter(
    ([, count]) => count > 0,
  );
  sayTable(io, ['frames', 'count'], rows);
  const written = Object.entries(newRows).map(([table, count]) => `${count} ${table}`);
  note(io, `${messages} messages; ${written.length === 0 ? 'every row was there already' : `new rows: ${written.join(', ')}`}`);
  if (unnamed > 0) note(io, `${unnamed} frames name no device and were left out: --ident says whose they are`);
}

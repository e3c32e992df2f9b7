import { setTimeout as pause } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { findGatewayError } from '#errors/gateway-error';
import { identsOf } from '#model/tracker';
import { decodersOf } from '#protocols/all';
import type { CodecRegistry } from '#protocols/registry';
import { CaptureWriter } from '../../capture/file/writer.ts';
import { captureHistory, type HistoryCounts } from '../../capture/history.ts';
import { followGateway, type Followed } from '../../capture/live/follow.ts';
import type { Selection, Span } from '../../capture/selection.ts';
import type { Config } from '../../config/schema.ts';
import { adminUrl } from '../../observe/ask.ts';
import { spoolFolders } from '../../processes/folders.ts';
import { SpoolHistory } from '../../spool/history.ts';
import { withConnection } from '../clickhouse-access.ts';
import { noteCapture } from '../consents.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { note, startProgress, type Io } from '../console-io.ts';
import { adminUrls } from '../gateway-access.ts';
import { durationBetween } from '../duration-option.ts';
import { CommandFailure, exitForCode } from '../exit-codes.ts';
import { trackersCalled, withRegistry } from '../registry.ts';
import { untilStopped } from '../signals.ts';
import { collect, instant } from '../time-option.ts';

interface Options {
  output: string;
  tracker?: string[];
  ident?: string[];
  peer?: string[];
  listener?: string[];
  from?: number;
  to?: number;
  source: 'all' | 'spool' | 'clickhouse';
  follow?: boolean;
  for?: number;
  gateway?: string;
}

const FLUSH_MS = 1_000;
/** What was received before the tap was open is in the spool by then, synced or not, ms. */
const SETTLE_MS = 250;
/** The gateway gives what it has a moment later: what was said just before the end is waited for, ms. */
const LAST_MS = 300;

/** `odograph capture`: writes what devices and the gateway said to each other to a file. */
export function captureCommand(io: Io, codecs: CodecRegistry): Command {
  const command = withConfigOptions(new Command('capture'))
    .description('write the verbatim traffic of devices to a capture file, from history or live')
    .requiredOption('-o, --output <FILE>', 'capture file; one that is there is gone on with')
    .option(
      '--tracker <NAME>',
      'of a registered tracker: oid, tracker id, foreign tracker id or serial number; may be repeated',
      collect,
    )
    .option('--ident <IDENT>', 'of a device by what it calls itself; may be repeated', collect)
    .option('--peer <ADDRESS>', 'of this address, with or without its port; may be repeated', collect)
    .option('--listener <NAME>', 'of this listener; may be repeated', collect)
    .option('--from <TIME>', 'received at this time or later: ISO 8601, or 2h for two hours ago', instant)
    .option('--to <TIME>', 'received before this time', instant)
    .addOption(
      new Option('--source <WHERE>', 'where history is looked for').choices(['all', 'spool', 'clickhouse']).default('all'),
    )
    .option('--follow', 'live, both directions, until SIGINT; with --from, history first')
    .option('--for <DURATION>', 'with --follow: end after this time', durationBetween(1_000, 365 * 86_400_000))
    .option('--gateway <URL>', 'with --follow: the admin port of a gateway, if not that of the gateway of the configuration');
  return command.action(async (options: Options) => {
    const { config } = configOf(command, io, [...codecs.keys()]);
    checkOptions(options);
    const selection = await selectionOf(config, options);
    const writer = await CaptureWriter.open(options.output, Date.now());
    if (writer.cutBytes > 0) note(io, `${writer.cutBytes} bytes of an unfinished write were cut off ${options.output}`);
    await noteCapture(config, options.output, 'written');
    const startBytes = writer.sizeBytes;
    try {
      if (options.follow === true) await live(io, config, codecs, options, selection, writer);
      else await history(io, config, codecs, options, selection, spanOf(options), writer);
    } finally {
      await writer.close();
      note(io, `${writer.entries} entries, ${writer.sizeBytes - startBytes} bytes added to ${options.output}`);
    }
  });
}

function checkOptions({ follow, to, for: duration, gateway }: Options): void {
  if (follow === true && to !== undefined)
    throw new CommandFailure('usage', '--to is of the past; --for says how long to follow');
  if (follow !== true && (duration !== undefined || gateway !== undefined))
    throw new CommandFailure('usage', '--for and --gateway belong to --follow');
}

function spanOf({ from, to }: Options): Span {
  return { from: from ?? null, to: to ?? null };
}

async function selectionOf(
  config: Config,
  { tracker = [], ident = [], peer = [], listener = [] }: Options,
): Promise<Selection> {
  const selection = { idents: ident, peers: peer, listeners: listener };
  if (tracker.length === 0) return selection;
  return withRegistry(config, async (store) => {
    const trackers = (await Promise.all(tracker.map((name) => trackersCalled(store, name)))).flat();
    const idents = trackers.flatMap((each) => identsOf(each).map((named) => named.ident));
    return { ...selection, idents: [...ident, ...idents] };
  });
}

async function history(
  io: Io,
  config: Config,
  codecs: CodecRegistry,
  { source }: Options,
  selection: Selection,
  span: Span,
  writer: CaptureWriter,
): Promise<void> {
  const counts: HistoryCounts = { spool: 0, clickhouse: 0 };
  // Opened first: what the gateway deletes from now on stays readable, and so nothing falls between the two.
  const folders = source === 'clickhouse' ? [] : spoolFolders(config);
  const spools = await Promise.all(folders.map((directory) => SpoolHistory.open(directory)));
  const progress = startProgress(
    io,
    'segments of the spool',
    spools.reduce((sum, { segments }) => sum + segments, 0),
  );
  let segments = 0;
  const onProgress = (): void => progress.update(++segments);
  const decoders = decodersOf(codecs);
  const read = async (clickhouse: Parameters<typeof captureHistory>[0]['clickhouse']): Promise<void> => {
    for await (const entry of captureHistory({ selection, span, decoders, spools, clickhouse, onProgress }, counts)) {
      await writer.add(entry);
    }
  };
  try {
    if (source === 'spool') await read(null);
    else await withConnection(config, io, read).catch((error: unknown) => hint(error, source));
  } finally {
    progress.stop();
    await Promise.all(spools.map((spool) => spool.close()));
  }
  note(io, `${counts.spool} frames from the spool, ${counts.clickhouse} from ClickHouse`);
  const corrupt = spools.reduce((sum, { report }) => sum + report.corruptRanges + report.unreadable, 0);
  if (corrupt > 0) note(io, `${corrupt} places of the spool are corrupt and were passed over`);
}

function hint(error: unknown, source: Options['source']): never {
  const found = findGatewayError(error);
  if (source !== 'all' || found === undefined || !found.code.startsWith('sink_')) throw error;
  throw new CommandFailure(exitForCode(found.code), `${found.message}; --source spool captures what the spool has`, {
    cause: error,
  });
}

async function live(
  io: Io,
  config: Config,
  codecs: CodecRegistry,
  options: Options,
  selection: Selection,
  writer: CaptureWriter,
): Promise<void> {
  const [first, ...others] = options.gateway === undefined ? adminUrls(config) : [options.gateway];
  const all = [await followGateway(first ?? adminUrl(config.admin), selection)];
  // A process that is just being started again is no reason to follow none.
  for (const url of others)
    await followGateway(url, selection).then(
      (each) => all.push(each),
      () => note(io, `${url} does not answer`),
    );
  const openedAt = Date.now();
  const stopped = untilStopped(options.for);
  try {
    if (options.from !== undefined) {
      await pause(SETTLE_MS);
      await history(io, config, codecs, options, selection, { from: options.from, to: openedAt }, writer);
    }
    note(io, `following ${[first, ...others].join(', ')}; Ctrl-C ends`);
    const close = (): void => all.forEach((followed) => followed.close());
    void stopped.promise.then(() => pause(LAST_MS)).then(close);
    const counts = await Promise.all(all.map((followed) => write(followed, writer)));
    const lost = counts.reduce((sum, count) => sum + count, 0);
    if (lost > 0) note(io, `${lost} entries were lost: they came faster than this command took them. The file says where`);
  } finally {
    stopped.forget();
    for (const followed of all) followed.close();
  }
}

/** Writes what comes until it ends. Gives the number of entries that were lost on the way. */
async function write(followed: Followed, writer: CaptureWriter): Promise<number> {
  let lost = 0;
  let failure: unknown = null;
  const timer = setInterval(() => {
    writer.flush().catch((error: unknown) => {
      failure ??= error;
      followed.close();
    });
  }, FLUSH_MS);
  try {
    for await (const item of followed.items) {
      if (item.kind === 'entry') await writer.add(item.entry);
      else {
        lost += item.lost;
        writer.gap(item);
      }
    }
  } finally {
    clearInterval(timer);
  }
  if (failure !== null) throw failure;
  return lost;
}

import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { Command, Option } from 'commander';
import { CaptureWriter } from '../../capture/file/writer.ts';
import type { CaptureEntry } from '../../capture/entry.ts';
import { WRITERS } from '../../capture/export/formats.ts';
import { SOURCES, TransferReport, type Source, type SourceFormat, type SourceName } from '../../capture/import/index.ts';
import { note, sayJson, startProgress, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';
import { noteReport, openNamed, withSourceOptions, type SourceOptions } from '../source-options.ts';

interface Options extends SourceOptions {
  output: string;
  to: SourceName;
  overwrite?: boolean;
  strict?: boolean;
  json?: boolean;
}

const STANDARD = '-';
const LAST_CAPTURE_MS = 2 ** 48 - 1;
const WRITE_BYTES = 256 * 1024;

/** `odograph convert`: writes what one tool has logged in the form of another. */
export function convertCommand(io: Io): Command {
  return withSourceOptions(new Command('convert'))
    .description(
      'convert what was logged of devices: captures, Traccar logs, packets, candump logs, hex, base64 and JSON lines',
    )
    .argument('<file>', 'what was logged, packed by gzip or not; - for standard input')
    .requiredOption('-o, --output <FILE>', 'where to write; - for standard output')
    .addOption(new Option('--to <FORMAT>', 'form to write').choices(SOURCES).makeOptionMandatory())
    .option('--overwrite', 'write over a file that is there')
    .option('--strict', 'end with 65 where anything was skipped')
    .option('--json', 'what was taken and what not, as one JSON document')
    .action(async (path: string, options: Options) => {
      if (options.output === STANDARD && options.json === true) {
        throw new CommandFailure(
          'usage',
          '--json goes to standard output, where the converted entries go: name a file for one',
        );
      }
      if (options.output === STANDARD && options.to === 'capture') {
        throw new CommandFailure('usage', 'a capture is written to a file: --output names it');
      }
      await convert(io, path, options);
    });
}

async function convert(io: Io, path: string, options: Options): Promise<void> {
  if (options.output !== STANDARD && options.overwrite !== true && existsSync(options.output)) {
    throw new CommandFailure('refused', `${options.output} is there: --overwrite writes over it`);
  }
  const source = await openNamed(path, options);
  const written = new TransferReport();
  await transfer(io, source, options, written);
  const { format, report } = source;
  if (options.json === true)
    sayJson(io, { from: format, to: options.to, read: reportJson(report), written: reportJson(written) });
  else {
    note(
      io,
      `read ${report.entries} entries, ${report.bytes} bytes, from ${format}; wrote ${written.entries} as ${options.to}`,
    );
    noteReport(io, report);
    noteReport(io, written);
  }
  const skipped = [...report.skipped, ...written.skipped].reduce((sum, { count }) => sum + count, 0);
  if (written.entries === 0) throw new CommandFailure('input', `nothing of ${path} could be converted`);
  if (options.strict === true && skipped > 0) throw new CommandFailure('input', `${skipped} were skipped`);
}

function reportJson({ entries, bytes, skipped, noted }: TransferReport): object {
  return { entries, bytes, skipped, noted };
}

/** Where entries go. */
interface Target {
  put(entry: CaptureEntry): Promise<void>;
  /** Writes what is left. */
  close(): Promise<void>;
  /** Lets go of what is open; nobody wants it any more. */
  abandon(): Promise<void>;
}

/** Writes beside the output and puts it in its place at the end, so that what is there is whole. */
async function transfer(io: Io, source: Source, { output, to }: Options, written: TransferReport): Promise<void> {
  const beside = output === STANDARD ? null : `${output}.part`;
  if (beside !== null) await rm(beside, { force: true });
  let target: Target | null = null;
  try {
    if (beside === null) target = streamTarget(io.out, to as SourceFormat, written);
    else if (to === 'capture') target = await captureTarget(beside, written);
    else target = await fileTarget(beside, to, written);
    await putAll(io, source, target);
    if (beside !== null && written.entries > 0) await rename(beside, output);
  } catch (error) {
    await target?.abandon();
    throw unwritable(error, output);
  } finally {
    if (beside !== null) await rm(beside, { force: true });
  }
}

async function putAll(io: Io, { entries, sizeBytes, readBytes }: Source, target: Target): Promise<void> {
  const progress = startProgress(io, 'converting', sizeBytes ?? 0);
  try {
    for await (const entry of entries) {
      await target.put(entry);
      progress.update(readBytes());
    }
  } finally {
    progress.stop();
  }
  await target.close();
}

/** Standard output: it stays open for who comes next. */
function streamTarget(out: NodeJS.WritableStream, to: SourceFormat, written: TransferReport): Target {
  const writer = WRITERS[to](written);
  const put = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.length > 0 && !out.write(bytes)) await once(out, 'drain');
  };
  let begun = false;
  return {
    put: async (entry) => {
      if (!begun) await put(writer.begin());
      begun = true;
      await put(writer.write(entry));
    },
    close: () => put(writer.end()),
    abandon: async () => undefined,
  };
}

async function fileTarget(path: string, to: SourceFormat, written: TransferReport): Promise<Target> {
  const writer = WRITERS[to](written);
  const file = await open(path, 'w');
  let waiting: Uint8Array[] = [writer.begin()];
  let waitingBytes = 0;
  const flush = async (): Promise<void> => {
    await file.appendFile(Buffer.concat(waiting));
    waiting = [];
    waitingBytes = 0;
  };
  return {
    put: async (entry) => {
      const bytes = writer.write(entry);
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes > WRITE_BYTES) await flush();
    },
    close: async () => {
      waiting.push(writer.end());
      await flush();
      await file.close();
    },
    abandon: () => file.close(),
  };
}

async function captureTarget(path: string, written: TransferReport): Promise<Target> {
  const writer = await CaptureWriter.open(path, Date.now());
  return {
    put: async (entry) => {
      written.count(entry);
      // A capture counts unsigned milliseconds in six bytes.
      await writer.add({ ...entry, at: Math.max(0, Math.min(entry.at, LAST_CAPTURE_MS)) });
    },
    close: () => writer.close(),
    abandon: () => writer.close(),
  };
}

/** What the file system refuses of the output is the command line's fault, not the input's. */
function unwritable(error: unknown, path: string): unknown {
  const refused = error instanceof Error && 'syscall' in error && 'code' in error;
  return refused ? new CommandFailure('unavailable', `${path} cannot be written: ${error.message}`, { cause: error }) : error;
}

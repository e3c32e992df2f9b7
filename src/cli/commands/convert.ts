import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { WRITERS } from '../../capture/export/formats.ts';
import { FORMATS, TransferReport, type Source, type SourceFormat } from '../../capture/import/index.ts';
import { note, sayJson, startProgress, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';
import { noteReport, openNamed, withSourceOptions, type SourceOptions } from '../source-options.ts';

interface Options extends SourceOptions {
  output: string;
  to: SourceFormat;
  overwrite?: boolean;
  strict?: boolean;
  json?: boolean;
}

const STANDARD = '-';

/** `odograph convert`: writes what one tool has logged in the form of another. */
export function convertCommand(io: Io): Command {
  return withSourceOptions(new Command('convert'))
    .description('convert what was logged of devices: Traccar logs, packet captures, candump logs, hex, base64 and JSON lines')
    .argument('<file>', 'what was logged, packed by gzip or not; - for standard input')
    .requiredOption('-o, --output <FILE>', 'where to write; - for standard output')
    .addOption(new Option('--to <FORMAT>', 'form to write').choices(FORMATS).makeOptionMandatory())
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

/** Writes beside the output and puts it in its place at the end, so that what is there is whole. */
async function transfer(io: Io, source: Source, options: Options, written: TransferReport): Promise<void> {
  const standard = options.output === STANDARD;
  const beside = `${options.output}.part`;
  const out = standard ? io.out : createWriteStream(beside);
  try {
    await writeAll(io, source, out, options.to, written);
    if (standard) return;
    out.end();
    await finished(out);
    if (written.entries > 0) await rename(beside, options.output);
    else await rm(beside);
  } catch (error) {
    if (!standard) await rm(beside, { force: true });
    throw unwritable(error, options.output);
  }
}

async function writeAll(
  io: Io,
  { entries, sizeBytes, readBytes }: Source,
  out: NodeJS.WritableStream,
  to: SourceFormat,
  written: TransferReport,
): Promise<void> {
  const writer = WRITERS[to](written);
  const progress = startProgress(io, 'converting', sizeBytes ?? 0);
  try {
    await put(out, writer.begin());
    for await (const entry of entries) {
      await put(out, writer.write(entry));
      progress.update(readBytes());
    }
    await put(out, writer.end());
  } finally {
    progress.stop();
  }
}

async function put(out: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
  if (bytes.length > 0 && !out.write(bytes)) await once(out, 'drain');
}

/** What the file system refuses of the output is the command line's fault, not the input's. */
function unwritable(error: unknown, path: string): unknown {
  const refused = error instanceof Error && 'syscall' in error && 'code' in error;
  return refused ? new CommandFailure('unavailable', `${path} cannot be written: ${error.message}`, { cause: error }) : error;
}

import { createWriteStream } from 'node:fs';
import { Option, type Command } from 'commander';
import { decodersOf } from '#protocols/all';
import type { DecoderRegistry, CodecRegistry } from '#protocols/registry';
import { csvCell } from '../../../api/history-lines.ts';
import { CaptureWriter } from '../../../capture/file/writer.ts';
import { entryOfStored } from '../../../capture/history.ts';
import type { QuarantineDesk } from '../../../quarantine/desk.ts';
import { isRetried, placeOfCursor, type QuarantinedFrame, type QuarantineFilter } from '../../../reading/quarantine.ts';
import { noteCapture } from '../../consents.ts';
import { note, type Io } from '../../console-io.ts';
import {
  filterOf,
  plain,
  quarantineCommandOf,
  trackerOidsOf,
  withFilterOptions,
  withQuarantine,
  type FilterOptions,
} from './access.ts';

const FORMATS = ['capture', 'jsonl', 'csv'] as const;
type Format = (typeof FORMATS)[number];

interface Options extends FilterOptions {
  output: string;
  format: Format;
}

/** Frames read at a time. */
const PAGE = 500;

/** `odograph quarantine export`: writes refused frames to a file, the newest first, or to a capture, in the order in which they came. */
export function exportCommand(io: Io, codecs: CodecRegistry): Command {
  const command = withFilterOptions(quarantineCommandOf('export', 'write refused frames to a file'), 'all')
    .requiredOption('-o, --output <FILE>', 'the file; `-` for standard output, which takes no capture')
    .addOption(
      new Option('--format <FORM>', 'a capture, for `replay`; JSON lines; or CSV').choices(FORMATS).default('capture'),
    );
  return command.action(async (options: Options) => {
    const { output, format } = options;
    if (format === 'capture' && output === '-') command.error('error: a capture is written to a file: name one with --output');
    const count = await withQuarantine(command, io, codecs, async (desk, config) => {
      const filter = filterOf(options, await trackerOidsOf(config, options));
      if (format !== 'capture') return writeLines(io, output, format, pages(desk, filter));
      await noteCapture(config, output, 'written');
      return writeCapture(output, pages(desk, filter), decodersOf(codecs));
    });
    note(io, `${count} frames written to ${output === '-' ? 'standard output' : output}`);
  });
}

async function* pages(desk: QuarantineDesk, filter: QuarantineFilter): AsyncGenerator<readonly QuarantinedFrame[]> {
  for (let after: string | null | undefined; after !== null;) {
    const page = await desk.list(filter, after === undefined ? null : placeOfCursor(after), PAGE);
    yield page.frames;
    after = page.next;
  }
}

/** A capture is read in the order of its times: what is small enough to be looked at is small enough to be turned around. */
async function writeCapture(
  file: string,
  found: AsyncIterable<readonly QuarantinedFrame[]>,
  decoders: DecoderRegistry,
): Promise<number> {
  const frames: QuarantinedFrame[] = [];
  for await (const page of found) frames.push(...page);
  const writer = await CaptureWriter.open(file, Date.now());
  try {
    const seen = new Set<string>();
    for (const { companyId, ...frame } of frames.toReversed()) {
      const key = `${frame.spoolId}-${frame.spoolSeq}`;
      // Rows that ClickHouse refused are of a frame that is there already; what the disk has spoiled no device has sent.
      if (seen.has(key) || frame.code === 'spool_corrupt') continue;
      seen.add(key);
      await writer.add(entryOfStored({ ...frame, ...(companyId === '' ? {} : { companyId }) }, decoders));
    }
    return seen.size;
  } finally {
    await writer.close();
  }
}

async function writeLines(
  io: Io,
  file: string,
  format: Exclude<Format, 'capture'>,
  found: AsyncIterable<readonly QuarantinedFrame[]>,
): Promise<number> {
  const written = file === '-' ? null : createWriteStream(file, { mode: 0o600 });
  const out: NodeJS.WritableStream = written ?? io.out;
  let count = 0;
  if (format === 'csv') out.write(`${CSV_COLUMNS.join(',')}\n`);
  for await (const frames of found) {
    for (const frame of frames) out.write(`${format === 'csv' ? csvLine(frame) : JSON.stringify(plain(frame))}\n`);
    count += frames.length;
  }
  if (written !== null) await new Promise<void>((resolve, reject) => written.on('error', reject).end(resolve));
  return count;
}

const CSV_COLUMNS = [
  'id',
  'received_at',
  'state',
  'code',
  'detail',
  'ident',
  'tracker_oid',
  'tracker_id',
  'company',
  'protocol',
  'codec_version',
  'transport',
  'listener',
  'peer',
  'hex',
];

function csvLine(frame: QuarantinedFrame): string {
  const { tracker } = frame;
  const fields = [
    frame.id,
    new Date(frame.receivedAt).toISOString(),
    isRetried(frame) ? 'retried' : 'open',
    frame.code,
    frame.detail,
    frame.ident,
    tracker?.oid ?? '',
    tracker?.trackerId ?? '',
    tracker?.companyId ?? frame.companyId,
    frame.protocol,
    frame.codecVersion,
    frame.transport,
    frame.listener,
    frame.peer,
    Buffer.from(frame.frame).toString('hex'),
  ];
  return fields.map(csvCell).join(',');
}

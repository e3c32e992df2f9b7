import type { Command } from 'commander';
import type { CodecRegistry } from '#protocols/registry';
import { isRetried, type QuarantinedFrame } from '../../../reading/quarantine.ts';
import { note, sayJson, sayTable, type Io } from '../../console-io.ts';
import { numberBetween } from '../../number-option.ts';
import { utc } from '../../registry.ts';
import {
  filterOf,
  noteMore,
  placeAt,
  plain,
  quarantineCommandOf,
  trackerOidsOf,
  withFilterOptions,
  withQuarantine,
  type FilterOptions,
} from './access.ts';

interface Options extends FilterOptions {
  limit: number;
  after?: string;
  json?: boolean;
}

/** Bytes of a frame in a table. */
const SHOWN_BYTES = 12;

/** `odograph quarantine list`: refused frames, the newest first. */
export function listCommand(io: Io, codecs: CodecRegistry): Command {
  const command = withFilterOptions(
    quarantineCommandOf('list', 'list refused frames with their reason, the newest first'),
    'open',
  )
    .option('-n, --limit <COUNT>', 'most rows', numberBetween(1, 10_000), 50)
    .option('--after <CURSOR>', 'the page behind this one')
    .option('--json', 'one JSON document, with all of the bytes');
  return command.action(async (options: Options) => {
    await withQuarantine(command, io, codecs, async (desk, config) => {
      const filter = filterOf(options, await trackerOidsOf(config, options));
      const { frames, next } = await desk.list(filter, placeAt(options.after), options.limit);
      if (options.json === true) sayJson(io, { frames: frames.map(plain), next });
      else if (frames.length === 0) note(io, 'nothing of this is in quarantine');
      else sayFrames(io, frames);
      noteMore(io, next);
    });
  });
}

function sayFrames(io: Io, frames: readonly QuarantinedFrame[]): void {
  const rows = frames.map((frame) => {
    const { receivedAt, id, code, detail, ident, tracker, protocol, peer, listener, frame: bytes } = frame;
    const hex = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('hex') + (bytes.length > SHOWN_BYTES ? '…' : '');
    const state = !frame.stored ? 'waits' : isRetried(frame) ? 'retried' : frame.retry === null ? 'open' : 'failed again';
    return [utc(receivedAt), id, state, code, tracker?.trackerId ?? ident, protocol, listener, peer, bytes.length, hex, detail];
  });
  sayTable(
    io,
    ['received', 'id', 'state', 'reason', 'tracker', 'protocol', 'listener', 'peer', 'bytes', 'hex', 'detail'],
    rows,
  );
}

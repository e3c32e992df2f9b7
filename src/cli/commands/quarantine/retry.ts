import type { Command } from 'commander';
import type { CodecRegistry } from '#protocols/registry';
import type { QuarantineDesk } from '../../../quarantine/desk.ts';
import type { Retried } from '../../../quarantine/retry.ts';
import { ALL_QUARANTINED, placeOfCursor, RETRY_RESULTS, type QuarantineFilter } from '../../../reading/quarantine.ts';
import { note, sayJson, sayTable, type Io } from '../../console-io.ts';
import { CommandFailure } from '../../exit-codes.ts';
import {
  filterOf,
  quarantineCommandOf,
  trackerOidsOf,
  withFilterOptions,
  withQuarantine,
  type FilterOptions,
} from './access.ts';

interface Options extends FilterOptions {
  all?: boolean;
  json?: boolean;
}

/** Frames tried at a time. */
const PAGE = 500;

/** `odograph quarantine retry`: puts refused frames through the present codecs again. */
export function retryCommand(io: Io, codecs: CodecRegistry): Command {
  const description =
    'put refused frames through the present codecs again; what they say is stored once, however often they are tried';
  const command = withFilterOptions(quarantineCommandOf('retry', description), 'open')
    .argument('[ids...]', 'as `list` gives them; without any, all that the options name')
    .option('--all', 'all there are')
    .option('--json', 'one JSON document');
  return command.action(async (ids: string[], options: Options) => {
    checkOptions(ids, options);
    const retried = await withQuarantine(command, io, codecs, async (desk, config) => {
      if (ids.length > 0) return each(desk, ids);
      return every(desk, filterOf(options, await trackerOidsOf(config, options)));
    });
    if (options.json === true) sayJson(io, retried);
    else sayRetried(io, retried);
    const failed = retried.filter(({ result }) => result === 'failed').length;
    if (failed > 0)
      throw new CommandFailure('refused', `${failed} of ${retried.length} frames cannot be read by this version either`);
  });
}

function checkOptions(ids: readonly string[], options: Options): void {
  const { all, state, tracker, ident, peer, listener, code, protocol, from, to } = options;
  const isFiltered = [tracker, ident, peer, listener, code, protocol, from, to].some((value) => value !== undefined);
  if (ids.length > 0 && (isFiltered || all === true))
    throw new CommandFailure('usage', 'name frames by their ids or by options, not both');
  if (ids.length === 0 && !isFiltered && all !== true) {
    throw new CommandFailure('usage', `name frames by their ids or by options; --all is for all that are ${state}`);
  }
}

async function each(desk: QuarantineDesk, ids: readonly string[]): Promise<Retried[]> {
  const retried: Retried[] = [];
  for (const id of ids) retried.push(await desk.retry(ALL_QUARANTINED, id));
  return retried;
}

async function every(desk: QuarantineDesk, filter: QuarantineFilter): Promise<Retried[]> {
  const all: Retried[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const page = await desk.retryAll(filter, after === undefined ? null : placeOfCursor(after), PAGE);
    all.push(...page.retried);
    after = page.next;
  }
  return all;
}

function sayRetried(io: Io, retried: readonly Retried[]): void {
  const failed = retried.filter(({ result }) => result === 'failed');
  if (failed.length > 0) {
    sayTable(
      io,
      ['fails again', 'reason', 'detail', 'codec version'],
      failed.map(({ id, code, detail, codecVersion }) => [id, code ?? '', detail, codecVersion]),
    );
  }
  const counts = RETRY_RESULTS.map((result) => `${retried.filter((one) => one.result === result).length} ${result}`);
  note(io, `${counts.join(', ')}; ${retried.reduce((sum, { newMessages }) => sum + newMessages, 0)} new messages`);
}

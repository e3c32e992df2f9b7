import { Command, Option } from 'commander';
import { COMMAND_STATUSES, type CommandStatus } from '#model/command';
import type { CodecRegistry } from '#protocols/registry';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { note, sayJson, sayTable, type Io } from '../../console-io.ts';
import { numberBetween } from '../../number-option.ts';
import { utc, withRegistry } from '../../registry.ts';
import { waitOf } from './wait.ts';

interface Options {
  ident?: string;
  status?: CommandStatus;
  limit: number;
  before?: number;
  json?: boolean;
}

/** `odograph commands list`: commands with their answers, or with what they wait for. */
export function listCommand(io: Io, codecs: CodecRegistry): Command {
  const command = withConfigOptions(new Command('list'))
    .description('list commands, the newest first, with what came of them or what they wait for')
    .option('-i, --ident <IDENT>', 'only those for this device')
    .addOption(new Option('-s, --status <STATUS>', 'only those in this status').choices(COMMAND_STATUSES))
    .option('-n, --limit <COUNT>', 'most rows', numberBetween(1, 1_000_000), 100)
    .option('--before <ID>', 'the page before this command', numberBetween(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'one JSON document');
  return command.action(async ({ ident, status, limit, before, json }: Options) => {
    const { config } = configOf(command, io, [...codecs.keys()]);
    await withRegistry(config, async (store) => {
      const found = await store.commands.list({
        most: limit,
        ...(ident === undefined ? {} : { ident }),
        ...(status === undefined ? {} : { status }),
        ...(before === undefined ? {} : { beforeId: before }),
      });
      const listed = await Promise.all(found.map(async (each) => ({ ...each, waitsFor: await waitOf(store, codecs, each) })));
      if (json === true) {
        sayJson(io, listed);
        return;
      }
      const rows = listed.map(({ id, ident: device, text, status: state, queuedAt, attempts, result, waitsFor }) => {
        return [
          id,
          device,
          text,
          state,
          utc(queuedAt),
          attempts,
          waitsFor === '' ? firstLine(result) : `waits for ${waitsFor}`,
        ];
      });
      sayTable(io, ['id', 'ident', 'command', 'status', 'queued', 'sent', 'result'], rows);
      if (found.length === limit) note(io, `there may be more: --before ${found.at(-1)?.id ?? ''}`);
    });
  });
}

/** Answers may be long: the table has their beginning, `show` has all of it. */
function firstLine(result: string | null): string {
  const [line = ''] = (result ?? '').split(/\r?\n/);
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

import { Command } from 'commander';
import { GatewayError } from '#errors/gateway-error';
import type { CodecRegistry } from '#protocols/registry';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, sayTable, type Io } from '../../console-io.ts';
import { numberBetween } from '../../number-option.ts';
import { utc, withRegistry } from '../../registry.ts';
import { waitOf } from './wait.ts';

/** `odograph commands show`: all that is known of a command, with the whole answer. */
export function showCommand(io: Io, codecs: CodecRegistry): Command {
  const command = withConfigOptions(new Command('show'))
    .description('show a command and its whole answer')
    .argument('<id>', 'number of the command', numberBetween(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'one JSON document');
  return command.action(async (id: number, options: { json?: boolean }) => {
    const { config } = configOf(command, io, [...codecs.keys()]);
    await withRegistry(config, async (store) => {
      const found = await store.commands.byId(id);
      if (found === null) throw new GatewayError('command_unknown', `there is no command ${id}`);
      const waitsFor = await waitOf(store, codecs, found);
      if (options.json === true) {
        sayJson(io, { ...found, waitsFor });
        return;
      }
      const { ident, text, addressed, status, queuedAt, expiresAt, attempts, maxAttempts, sentAt, protocol } = found;
      const facts: (readonly [string, string])[] = [
        ['command', text],
        ['for', addressed ? `${ident}, named in it` : ident],
        ['status', status],
        ['waits for', waitsFor],
        ['queued', utc(queuedAt)],
        ['expires', utc(expiresAt)],
        ['sent', attempts === 0 ? '' : `${attempts} of ${maxAttempts} times, last ${utc(sentAt)} in ${protocol ?? ''}`],
        ['answered', utc(found.answeredAt)],
      ];
      sayTable(
        io,
        ['what', 'value'],
        facts.filter(([, value]) => value !== ''),
      );
      if (found.result !== null) say(io, `\n${found.result}`);
    });
  });
}

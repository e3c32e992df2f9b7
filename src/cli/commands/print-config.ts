import { Command } from 'commander';
import { printConfig, settingsInForce } from '../../config/print.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { say, sayJson, type Io } from '../console-io.ts';

/** `odograph print-config`: shows every setting in force and where it was written. Secrets are masked. */
export function printConfigCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('print-config'))
    .description('show every setting in force and where it comes from')
    .option('--json', 'one JSON document');
  return command.action((options: { json?: boolean }) => {
    const loaded = configOf(command, io, protocols);
    if (options.json === true) sayJson(io, settingsInForce(loaded));
    else say(io, printConfig(loaded));
  });
}

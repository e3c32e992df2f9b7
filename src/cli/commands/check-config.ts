import { Command } from 'commander';
import { ConfigError } from '../../config/config-error.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { say, sayJson, type Io } from '../console-io.ts';

/** `odograph check-config`: says whether the configuration is right, with every problem at once. */
export function checkConfigCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('check-config'))
    .description('check the configuration; exits with 78 and every problem where it is wrong')
    .option('--json', 'problems as one JSON document');
  return command.action((options: { json?: boolean }) => {
    try {
      const { config } = configOf(command, io, protocols);
      if (options.json === true) sayJson(io, { valid: true, problems: [] });
      else say(io, `the configuration is right: ${config.listeners.length} listeners, data in ${config.dataDir}`);
    } catch (error) {
      if (options.json === true && error instanceof ConfigError) sayJson(io, { valid: false, problems: error.problems });
      throw error;
    }
  });
}

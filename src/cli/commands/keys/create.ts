import { Command, Option } from 'commander';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { note, type Io } from '../../console-io.ts';
import { durationBetween } from '../../duration-option.ts';
import { withRegistry } from '../../registry.ts';
import { keysOf, sayMadeKey, withHolderOptions, type HolderOptions } from './holder.ts';

const HOUR_MS = 3_600_000;
const LONGEST_MS = 3_650 * 24 * HOUR_MS;

interface Options extends HolderOptions {
  name: string;
  role: 'admin' | 'read' | 'owner';
  expires?: number;
  json?: boolean;
}

/** `odograph keys create`: makes a key and shows it this once. */
export function createCommand(io: Io, protocols: readonly string[]): Command {
  const command = withHolderOptions(withConfigOptions(new Command('create')))
    .description('make a key, which is shown this once')
    .option('--name <NAME>', 'what it is for', 'key')
    .addOption(
      new Option('--role <ROLE>', 'whether it may only read, or change things too; an owner runs the gateway besides')
        .choices(['admin', 'read', 'owner'])
        .default('admin'),
    )
    .option(
      '--expires <TIME>',
      'how long it is good, for example 90d; for ever if not given',
      durationBetween(HOUR_MS, LONGEST_MS),
    )
    .option('--json', 'one JSON document');
  return command.action(async (options: Options) => {
    const { config } = configOf(command, io, protocols);
    const made = await withRegistry(config, async ({ documents }) => {
      const { keys, companyId } = await keysOf(documents, options);
      const role = options.operator === true ? 'operator' : options.role;
      const expiresAt = options.expires === undefined ? null : Date.now() + options.expires;
      return keys.create({ companyId, name: options.name, role, expiresAt });
    });
    note(io, `made the ${made.key.role} key ${made.key.id}; it is shown this once:`);
    sayMadeKey(io, made, options.json === true);
  });
}

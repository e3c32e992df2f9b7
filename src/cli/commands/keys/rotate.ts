import { Command } from 'commander';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { note, type Io } from '../../console-io.ts';
import { durationBetween } from '../../duration-option.ts';
import { withRegistry } from '../../registry.ts';
import { keysOf, sayMadeKey, withHolderOptions, type HolderOptions } from './holder.ts';

const DAY_MS = 24 * 3_600_000;

/** `odograph keys rotate`: makes a key in the place of another, which stays good for a while. */
export function rotateCommand(io: Io, protocols: readonly string[]): Command {
  const command = withHolderOptions(withConfigOptions(new Command('rotate')))
    .description('make a key in the place of another, which stays good for a while')
    .argument('<id>', 'id of the old key')
    .option('--grace <TIME>', 'how long the old key stays good; 24h if not given', durationBetween(0, 30 * DAY_MS))
    .option('--json', 'one JSON document');
  return command.action(async (id: string, options: HolderOptions & { grace?: number; json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    const made = await withRegistry(config, async ({ documents }) => {
      const { keys, companyId } = await keysOf(documents, options);
      return keys.rotate(companyId, id, options.grace ?? DAY_MS);
    });
    note(io, `made the ${made.key.role} key ${made.key.id} in the place of ${id}; it is shown this once:`);
    sayMadeKey(io, made, options.json === true);
  });
}

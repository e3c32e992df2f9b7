import { Command } from 'commander';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, type Io } from '../../console-io.ts';
import { withRegistry } from '../../registry.ts';
import { keysOf, withHolderOptions, type HolderOptions } from './holder.ts';

/** `odograph keys revoke`: ends a key at once. */
export function revokeCommand(io: Io, protocols: readonly string[]): Command {
  const command = withHolderOptions(withConfigOptions(new Command('revoke')))
    .description('end a key at once')
    .argument('<id>', 'id of the key')
    .option('--json', 'one JSON document');
  return command.action(async (id: string, options: HolderOptions & { json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    const revoked = await withRegistry(config, async ({ documents }) => {
      const { keys, companyId } = await keysOf(documents, options);
      return keys.revoke(companyId, id);
    });
    if (options.json === true) sayJson(io, revoked);
    else say(io, `the key ${revoked.id} is refused from now on`);
  });
}

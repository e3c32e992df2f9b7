import { Command } from 'commander';
import type { ApiKey } from '../../../registry/api-keys.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { sayJson, sayTable, type Io } from '../../console-io.ts';
import { utc, withRegistry } from '../../registry.ts';
import { keysOf, withHolderOptions, type HolderOptions } from './holder.ts';

/** Most keys that are listed. */
const MOST = 10_000;

/** `odograph keys list`: the keys of a company, without their secrets. */
export function listCommand(io: Io, protocols: readonly string[]): Command {
  const command = withHolderOptions(withConfigOptions(new Command('list')))
    .description('list the keys of a company, without their secrets')
    .option('--json', 'one JSON document');
  return command.action(async (options: HolderOptions & { json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    const found = await withRegistry(config, async ({ documents }) => {
      const { keys, companyId } = await keysOf(documents, options);
      return keys.list(companyId, { most: MOST });
    });
    if (options.json === true) {
      sayJson(io, found);
      return;
    }
    const rows = found.map((key) => [key.id, key.name, key.role, utc(key.createdAt), utc(key.lastUsedAt), stateOf(key)]);
    sayTable(io, ['id', 'name', 'role', 'made', 'last used', 'state'], rows);
  });
}

function stateOf({ revokedAt, expiresAt, replacedBy }: ApiKey): string {
  if (revokedAt !== null) return `revoked ${utc(revokedAt)}`;
  if (expiresAt === null) return 'good';
  const until = `${expiresAt <= Date.now() ? 'expired' : 'good until'} ${utc(expiresAt)}`;
  return replacedBy === null ? until : `${until}, replaced by ${replacedBy}`;
}

import { Command } from 'commander';
import { GatewayError, findGatewayError } from '#errors/gateway-error';
import { judgeFailure } from '../../sink/clickhouse/insert-errors.ts';
import { migrate } from '../../sink/clickhouse/migrate.ts';
import { withConnection } from '../clickhouse-access.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { say, sayJson, type Io } from '../console-io.ts';
import { withRegistry } from '../registry.ts';

/** `odograph migrate`: brings ClickHouse's tables and the registry to what this version needs. `serve` does the same. */
export function migrateCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('migrate'))
    .description('bring the tables to what this version needs, as serve does when it starts')
    .option('--json', 'one JSON document');
  return command.action(async (options: { json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    const { database } = config.clickhouse;
    // Opening the registry migrates it.
    await withRegistry(config, async () => undefined);
    const applied = await withConnection(config, io, async (connection) => {
      try {
        return await migrate(connection);
      } catch (error) {
        if (findGatewayError(error) !== undefined) throw error;
        const { code, detail } = judgeFailure(error);
        throw new GatewayError(code, `ClickHouse: ${detail}`, { cause: error });
      }
    });
    if (options.json === true) sayJson(io, { database, applied });
    else say(io, applied.length === 0 ? `database ${database} is up to date` : `applied to ${database}: ${applied.join(', ')}`);
  });
}

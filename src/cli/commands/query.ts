import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { ClickHouseError, createClient } from '@clickhouse/client';
import { Command } from 'commander';
import { GatewayError } from '#errors/gateway-error';
import type { Config } from '../../config/schema.ts';
import { withClickHouse, type ReachedClickHouse } from '../clickhouse-access.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import type { Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';

interface Options {
  format?: string;
  json?: boolean;
  write?: boolean;
}

/** `odograph query`: asks ClickHouse in SQL, whether a gateway runs or not. */
export function queryCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('query'))
    .description('ask ClickHouse in SQL; the tables are in the database of the configuration')
    .argument('<sql>', 'a statement, or - for standard input')
    .option('--format <NAME>', 'any output format of ClickHouse, unless the statement says its own')
    .option('--json', 'one JSON array of rows, 64-bit numbers as text')
    .option('--write', 'let the statement change data')
    .action(async (given: string, options: Options) => {
      const { config } = configOf(command, io, protocols);
      const sql = given === '-' ? readFileSync(0, 'utf8') : given;
      await withClickHouse(config, io, (reached) => ask(io, config, reached, sql, options));
    });
  return command;
}

async function ask(io: Io, config: Config, reached: ReachedClickHouse, sql: string, options: Options): Promise<void> {
  const { url, headers, username, password } = reached;
  const client = createClient({
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    request_timeout: config.clickhouse.requestTimeoutMs,
    log: { level: 127 },
  });
  const format = options.format ?? (options.json === true ? 'JSONEachRow' : 'PrettyCompactMonoBlock');
  try {
    const { stream } = await client.exec({
      query: sql,
      http_headers: { ...headers, 'X-ClickHouse-Format': format, 'X-ClickHouse-Database': config.clickhouse.database },
      clickhouse_settings: {
        ...(options.write === true ? {} : { readonly: '2' }),
        output_format_json_array_of_rows: options.json === true ? 1 : 0,
        output_format_json_quote_64bit_integers: 1,
        output_format_pretty_color: 0,
        output_format_pretty_row_numbers: 0,
        // An error in the middle of an answer is only seen if nothing of it was sent before.
        wait_end_of_query: 1,
      },
    });
    stream.pipe(io.out, { end: false });
    await once(stream, 'end');
  } catch (error) {
    if (error instanceof ClickHouseError) {
      const hint = error.type === 'UNKNOWN_DATABASE' ? ' odograph migrate makes the tables.' : '';
      throw new CommandFailure('input', error.message.trim() + hint, { cause: error });
    }
    throw new GatewayError('sink_unreachable', `ClickHouse at ${url} does not answer: ${reasonOf(error)}`, { cause: error });
  } finally {
    await client.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

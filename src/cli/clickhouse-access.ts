import type { Config } from '../config/schema.ts';
import { Connection } from '../sink/clickhouse/connection.ts';
import { isAnswering, readEndpoint, type Endpoint } from '../sink/clickhouse/embedded/endpoint.ts';
import { Engine } from '../sink/clickhouse/embedded/engine.ts';
import { note, type Io } from './console-io.ts';

/** A ClickHouse a command may talk to. */
export interface ReachedClickHouse {
  url: string;
  headers: Readonly<Record<string, string>>;
  username: string | undefined;
  password: string | undefined;
}

/**
 * Reaches the ClickHouse of the configuration for the time of one command: the server, the engine of a running gateway, or,
 * where none runs, an engine started for this command and stopped after it.
 */
export async function withClickHouse<Result>(
  { clickhouse }: Config,
  io: Io,
  use: (reached: ReachedClickHouse) => Promise<Result>,
): Promise<Result> {
  if (clickhouse.mode === 'server') {
    const { url = '', username, password } = clickhouse;
    return use({ url, headers: {}, username, password });
  }
  const running = await runningEngine(clickhouse.dir);
  if (running !== null) return use({ ...running, username: undefined, password: undefined });
  if (io.err.isTTY === true) note(io, `no gateway runs on ${clickhouse.dir}: starting the engine for this command`);
  const engine = await Engine.start({ directory: clickhouse.dir, memoryBytes: clickhouse.memoryBytes });
  try {
    return await use({ ...engine.endpoint, username: undefined, password: undefined });
  } finally {
    await engine.stop();
  }
}

/** Reaches it as `withClickHouse` does, by a connection of its own. */
export function withConnection<Result>(
  config: Config,
  io: Io,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  return withClickHouse(config, io, async ({ url, headers, username, password }) => {
    const connection = new Connection({
      url,
      headers: { ...headers },
      database: config.clickhouse.database,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      requestTimeoutMs: config.clickhouse.requestTimeoutMs,
      connections: config.clickhouse.insertsInFlight + 2,
    });
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  });
}

/** The engine of a running gateway, `null` where none answers: the file may have outlived its engine. */
async function runningEngine(directory: string): Promise<Endpoint | null> {
  const endpoint = readEndpoint(directory);
  return endpoint !== null && (await isAnswering(endpoint)) ? endpoint : null;
}

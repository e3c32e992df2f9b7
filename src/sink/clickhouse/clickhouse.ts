import { uptime } from 'node:os';
import { GatewayError } from '#errors/gateway-error';
import type { EpochMs } from '#model/clocks';
import { Connection } from './connection.ts';
import type { Endpoint } from './embedded/endpoint.ts';
import { Engine } from './embedded/engine.ts';
import { judgeFailure } from './insert-errors.ts';
import { mendLatest } from './latest.ts';
import { migrate } from './migrate.ts';
import { keepFrames } from './retention.ts';
import { ClickHouseSink, type SinkOptions } from './sink.ts';
import { ClickHouseTables } from './tables.ts';

/** Which ClickHouse, as the configuration says. */
export interface ClickHouseSettings {
  mode: 'embedded' | 'server';
  /** Folder of the embedded engine. */
  dir: string;
  url?: string | undefined;
  database: string;
  username: string;
  password: string;
  memoryBytes: number;
  requestTimeoutMs: number;
  insertsInFlight: number;
  /** How long raw frames are kept, ms; 0 for ever. What the table has is left where this is not given. */
  framesRetentionMs?: number;
}

/** What one question may cost: it is asked by whoever has a key, while the inserts go on. */
const READING = {
  connections: 4,
  settings: { max_execution_time: 30, max_threads: 2, max_memory_usage: '1000000000' },
} as const;

/** One ClickHouse, started if it is the embedded one, with its tables as this version needs them. */
export class ClickHouse {
  readonly connection: Connection;
  /** For questions of others: their own sockets and bounds, so that they take none from the inserts. */
  readonly reading: Connection;
  readonly engine: Engine | null;
  /** Migration files that were applied now. */
  readonly migrated: readonly string[];

  private constructor(connection: Connection, reading: Connection, engine: Engine | null, migrated: readonly string[]) {
    this.connection = connection;
    this.reading = reading;
    this.engine = engine;
    this.migrated = migrated;
  }

  /**
   * Starts or reaches ClickHouse and migrates. Rejects with `sink_engine`, `sink_unreachable` or `sink_schema`; nothing is left
   * running then. `onRestart` is told when the embedded engine ended by itself. `signal` ends the wait for a server that takes
   * requests and does not answer. `running` says where an embedded engine answers that somebody else runs.
   */
  static async open(
    settings: ClickHouseSettings,
    onRestart?: (why: string) => void,
    signal?: AbortSignal,
    running?: () => Endpoint,
  ): Promise<ClickHouse> {
    const { dir: directory, memoryBytes, database, requestTimeoutMs } = settings;
    const engine =
      settings.mode === 'embedded' && running === undefined
        ? await Engine.start({ directory, memoryBytes, ...(onRestart === undefined ? {} : { onRestart }) })
        : null;
    const endpoint = engine === null ? running : (): Endpoint => engine.endpoint;
    const access = {
      ...(endpoint === undefined
        ? { url: settings.url ?? '', username: settings.username, password: settings.password }
        : { url: () => endpoint().url, headers: endpoint().headers }),
      database,
      requestTimeoutMs,
    };
    const connection = new Connection({ ...access, connections: settings.insertsInFlight + 2 });
    const giveUp = (): void => void connection.close();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      signal?.throwIfAborted();
      const migrated = await migrate(connection);
      await mendLatest(connection, endpoint === undefined ? await startOf(connection) : Date.now() - uptime() * 1_000);
      if (settings.framesRetentionMs !== undefined) await keepFrames(connection, settings.framesRetentionMs);
      const reading = new Connection({ ...access, ...READING });
      return new ClickHouse(connection, reading, engine, migrated);
    } catch (cause) {
      await connection.close();
      await engine?.stop();
      if (cause instanceof GatewayError) throw cause;
      const { code, detail } = judgeFailure(cause);
      throw new GatewayError(code, `ClickHouse at ${settings.url ?? 'the embedded engine'}: ${detail}`, { cause });
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Opens the sink that writes here. */
  openSink(options: Omit<SinkOptions, 'tables'>): Promise<ClickHouseSink> {
    return ClickHouseSink.open({ ...options, tables: new ClickHouseTables(this.connection) });
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.reading.close();
    await this.engine?.stop();
  }
}

/** When a server was started: of its machine's last start nothing is known here. */
async function startOf(connection: Connection): Promise<EpochMs> {
  const [row] = await connection.rows<{ seconds: number }>('SELECT uptime() AS seconds');
  return Date.now() - (row?.seconds ?? 0) * 1_000;
}

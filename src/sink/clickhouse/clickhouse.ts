import { GatewayError } from '#errors/gateway-error';
import { Connection } from './connection.ts';
import { Engine } from './embedded/engine.ts';
import { judgeFailure } from './insert-errors.ts';
import { migrate } from './migrate.ts';
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
}

/** One ClickHouse, started if it is the embedded one, with its tables as this version needs them. */
export class ClickHouse {
  readonly connection: Connection;
  readonly engine: Engine | null;
  /** Migration files that were applied now. */
  readonly migrated: readonly string[];

  private constructor(connection: Connection, engine: Engine | null, migrated: readonly string[]) {
    this.connection = connection;
    this.engine = engine;
    this.migrated = migrated;
  }

  /**
   * Starts or reaches ClickHouse and migrates. Rejects with `sink_engine`, `sink_unreachable` or `sink_schema`; nothing is left
   * running then. `onRestart` is told when the embedded engine ended by itself.
   */
  static async open(settings: ClickHouseSettings, onRestart?: (why: string) => void): Promise<ClickHouse> {
    const { dir: directory, memoryBytes, database, requestTimeoutMs } = settings;
    const engine =
      settings.mode === 'embedded'
        ? await Engine.start({ directory, memoryBytes, ...(onRestart === undefined ? {} : { onRestart }) })
        : null;
    const connection = new Connection({
      ...(engine === null
        ? { url: settings.url ?? '', username: settings.username, password: settings.password }
        : { url: () => engine.endpoint.url, headers: engine.endpoint.headers }),
      database,
      requestTimeoutMs,
      connections: settings.insertsInFlight + 2,
    });
    try {
      return new ClickHouse(connection, engine, await migrate(connection));
    } catch (cause) {
      await connection.close();
      await engine?.stop();
      if (cause instanceof GatewayError) throw cause;
      const { code, detail } = judgeFailure(cause);
      throw new GatewayError(code, `ClickHouse at ${settings.url ?? 'the embedded engine'}: ${detail}`, { cause });
    }
  }

  /** Opens the sink that writes here. */
  openSink(options: Omit<SinkOptions, 'tables'>): Promise<ClickHouseSink> {
    return ClickHouseSink.open({ ...options, tables: new ClickHouseTables(this.connection) });
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.engine?.stop();
  }
}

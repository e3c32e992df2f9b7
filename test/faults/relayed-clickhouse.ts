/** A real ClickHouse that a gateway reaches through a relay, and a test past it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../../src/sink/clickhouse/connection.ts';
import { Engine } from '../../src/sink/clickhouse/embedded/engine.ts';
import { ClickHouseRelay } from '../support/clickhouse-relay.ts';
import type { Ask } from './judge/read-stores.ts';

const DATABASE = 'odograph';

export class RelayedClickHouse {
  readonly relay: ClickHouseRelay;
  /** Past the relay. */
  readonly direct: Connection;
  /** Past the relay, in the gateway's database. */
  readonly ask: Ask;
  readonly #asking: Connection;
  readonly #engine: Engine;
  readonly #directory: string;

  private constructor(directory: string, engine: Engine, relay: ClickHouseRelay) {
    this.#directory = directory;
    this.#engine = engine;
    this.relay = relay;
    this.direct = new Connection({ ...engine.endpoint, database: DATABASE, requestTimeoutMs: 30_000, connections: 4 });
    const headers = { ...engine.endpoint.headers, 'X-ClickHouse-Database': DATABASE };
    const asking = new Connection({
      ...engine.endpoint,
      headers,
      database: DATABASE,
      requestTimeoutMs: 30_000,
      connections: 2,
    });
    this.#asking = asking;
    this.ask = (sql) => asking.rows(sql);
  }

  static async start(): Promise<RelayedClickHouse> {
    const directory = mkdtempSync(join(tmpdir(), 'odograph-relayed-'));
    const engine = await Engine.start({ directory, memoryBytes: 1_000_000_000 });
    const clickhouse = new RelayedClickHouse(directory, engine, await ClickHouseRelay.start(engine.endpoint));
    await clickhouse.direct.commandIn('default', `CREATE DATABASE ${DATABASE} ENGINE = Atomic`);
    return clickhouse;
  }

  /** Settings of a gateway that is to use it. */
  get settings(): string[] {
    return ['clickhouse.mode=server', `clickhouse.url=${this.relay.url}`, `clickhouse.database=${DATABASE}`];
  }

  async remove(): Promise<void> {
    await this.direct.close();
    await this.#asking.close();
    await this.relay.shut().catch(() => undefined);
    await this.#engine.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

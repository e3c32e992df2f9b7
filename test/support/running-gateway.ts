import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODECS, PUSH_DECODERS } from '#protocols/all';
import type { CodecRegistry } from '#protocols/registry';
import { Gateway } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { Connection } from '../../src/sink/clickhouse/connection.ts';
import { readEndpoint } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { until } from './waiting.ts';
import { readMetrics, type MetricValues } from './metrics.ts';
import { removeFolder } from './remove-folder.ts';

/** Settings as a configuration file has them; `dataDir` and ports are filled in. */
export type TestSettings = Record<string, unknown>;

export interface Readiness {
  status: number;
  reasons: { check: string; reason: string }[];
}

const STORED_WITHIN_MS = 30_000;

/** Makes an empty folder for a gateway's data. */
export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'odograph-flow-'));
}

/** Reads settings as the gateway reads its file: a wrong test setting fails like a wrong file. */
function configOf(dataDir: string, settings: TestSettings, codecs: CodecRegistry): Config {
  const file = join(dataDir, 'odograph.yaml');
  const listener = { name: 'trackers', host: '127.0.0.1', port: 0, protocols: ['teltonika', 'astra-telematics'] };
  const admin = { host: '127.0.0.1', port: 0, ...(settings['admin'] as object | undefined) };
  const fixed = { dataDir: join(dataDir, 'data'), admin };
  const api = { host: '127.0.0.1', port: 0, ...(settings['api'] as object | undefined) };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ listeners: [listener], ...settings, api, ...fixed }));
  return loadConfig({ file, environment: {}, known: { protocols: [...codecs.keys()], pushed: [...PUSH_DECODERS.keys()] } })
    .config;
}

/** The whole gateway in this process, on free ports, with the real embedded ClickHouse unless the settings say otherwise. */
export class RunningGateway {
  readonly gateway: Gateway;
  readonly #dataDir: string;
  readonly #engineDir: string;
  #client: Connection | null = null;

  private constructor(gateway: Gateway, dataDir: string, engineDir: string) {
    this.gateway = gateway;
    this.#dataDir = dataDir;
    this.#engineDir = engineDir;
  }

  static async start(settings: TestSettings = {}, dataDir = newDataDir(), codecs?: CodecRegistry): Promise<RunningGateway> {
    const config = configOf(dataDir, settings, codecs ?? CODECS);
    const logger = createLogger({ level: 'silent', format: 'json' });
    const gateway = await Gateway.start({ config, logger, version: '0', ...(codecs === undefined ? {} : { codecs }) });
    return new RunningGateway(gateway, dataDir, config.clickhouse.dir);
  }

  /** Port of a listener. */
  port(listener = 'trackers'): number {
    const port = this.gateway.ports[listener];
    if (port === undefined) throw new Error(`no listener is called ${listener}`);
    return port;
  }

  /** Waits until everything acknowledged so far is in ClickHouse. */
  async stored(): Promise<void> {
    await this.#sinkUp();
    await this.gateway.drained(AbortSignal.timeout(STORED_WITHIN_MS));
  }

  /** Asks the embedded ClickHouse. */
  async rows<Row>(sql: string): Promise<Row[]> {
    await this.#sinkUp();
    const endpoint = readEndpoint(this.#engineDir);
    if (endpoint === null) throw new Error('this gateway runs no engine');
    this.#client ??= new Connection({ ...endpoint, database: 'odograph', requestTimeoutMs: 20_000, connections: 2 });
    return this.#client.rows<Row>(sql);
  }

  /** Makes a request of the API with the first key of the installation, which a later start does not know. */
  async ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const { apiPort, firstKey } = this.gateway;
    const response = await fetch(`http://127.0.0.1:${apiPort}${path}`, {
      method,
      headers: {
        'x-api-key': firstKey?.secret ?? '',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  metrics(): Promise<MetricValues> {
    return readMetrics(this.gateway.adminPort);
  }

  async readiness(): Promise<Readiness> {
    const response = await fetch(`http://127.0.0.1:${this.gateway.adminPort}/readyz`);
    const { reasons } = (await response.json()) as Readiness;
    return { status: response.status, reasons };
  }

  /** Takes the embedded engine down, and its folder away, so that it cannot be started again. */
  async breakEngine(): Promise<void> {
    await this.#client?.close();
    this.#client = null;
    const tables = join(this.#engineDir, 'tables');
    const pid = enginePid(tables);
    renameSync(tables, `${tables}.away`);
    writeFileSync(tables, '');
    process.kill(pid, 'SIGKILL');
  }

  /** Gives the engine its folder back. */
  mendEngine(): void {
    const tables = join(this.#engineDir, 'tables');
    rmSync(tables);
    renameSync(`${tables}.away`, tables);
  }

  /** Stops it and keeps its folder for another start. */
  async stop(): Promise<void> {
    await this.#client?.close();
    this.#client = null;
    this.#balanced('before it stops');
    await this.gateway.stop();
    this.#balanced('when it has stopped');
  }

  /** Every frame is in one column, or held by somebody. */
  #balanced(when: string): void {
    const wrong = this.gateway.imbalances();
    if (wrong.length > 0) throw new Error(`the ledger does not add up ${when}: ${JSON.stringify(wrong)}`);
  }

  /** Stops it and deletes its folder. */
  async remove(): Promise<void> {
    await this.stop();
    removeFolder(this.#dataDir);
  }

  async #sinkUp(): Promise<void> {
    let up = false;
    void this.gateway.sinkUp.then(() => (up = true));
    await until('ClickHouse is reached', () => up, STORED_WITHIN_MS);
  }
}

/** Process id of the engine that works on these tables, as an operator would find it. */
function enginePid(tables: string): number {
  const lines = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n');
  const line = lines.find((each) => each.includes(tables));
  if (line === undefined) throw new Error(`no engine works on ${tables}`);
  return Number.parseInt(line, 10);
}

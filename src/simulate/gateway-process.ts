import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type ClickHouseClient } from '@clickhouse/client';

const START_TIMEOUT_MS = 30_000;
const DATABASE = 'odograph';

export interface GatewayProcessOptions {
  dataDir: string;
  /** Port for devices; 0 takes any free one. */
  port?: number;
  /** Settings as `--set` takes them. */
  settings?: readonly string[];
  /** Arguments of Node before the gateway's own: a module that is loaded before it, for example. */
  nodeArguments?: readonly string[];
  /** Words before those that start it, of a program that ends by running them in its own place. */
  through?: readonly string[];
  /** The program; that of these sources unless another is given. */
  main?: string;
}

/** What `/readyz` says. */
export interface ToldReadiness {
  status: number;
  reasons: { check: string; reason: string }[];
}

/** As `npm start` has it: what is freed is given back, and threads share one heap of the C library. */
const MALLOC = ['MALLOC_ARENA_MAX=1', 'MALLOC_MMAP_THRESHOLD_=131072', 'MALLOC_TRIM_THRESHOLD_=131072'];
const MAIN = join(import.meta.dirname, '../main.ts');

/** A gateway in a process of its own, as `npm start` runs it, on free ports of the loopback address. */
export class GatewayProcess {
  readonly port: number;
  readonly adminPort: number;
  readonly apiPort: number;
  readonly #child: ChildProcess;
  readonly #log: string[];
  readonly #dataDir: string;
  #client: Promise<ClickHouseClient> | null = null;

  private constructor(child: ChildProcess, log: string[], ports: Ports, dataDir: string) {
    this.#child = child;
    this.#log = log;
    this.port = ports.device;
    this.adminPort = ports.admin;
    this.apiPort = ports.api;
    this.#dataDir = dataDir;
  }

  /** Starts it and waits until it takes devices. ClickHouse may need a moment longer. */
  static async start(options: GatewayProcessOptions): Promise<GatewayProcess> {
    const { dataDir, port = 0, settings = [], nodeArguments = [], through = [], main = MAIN } = options;
    const log: string[] = [];
    const listener = [{ name: 'trackers', host: '127.0.0.1', port, protocols: ['teltonika', 'astra-telematics'] }];
    const words = [
      ...nodeArguments,
      // As `npm start` has it.
      '--max-semi-space-size=8',
      '--disable-warning=ExperimentalWarning',
      main,
      'serve',
      '--data-dir',
      dataDir,
      '--log-format',
      'json',
    ];
    words.push('--admin-port', '0', '--set', 'api.port=0', '--set', `listeners=${JSON.stringify(listener)}`);
    for (const setting of settings) words.push('--set', setting);
    const [program = '', ...rest] = [...through, 'env', ...MALLOC, process.execPath, ...words];
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()));
    return new GatewayProcess(child, log, await portsFrom(child, log), dataDir);
  }

  /** The end of what it has logged. */
  get lastWords(): string {
    return this.#log.slice(-20).join('\n');
  }

  /** All it has logged, oldest first. */
  get log(): readonly string[] {
    return this.#log;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has logged with a code, oldest first. */
  logged(code: string): string[] {
    return this.#log.filter((line) => line.includes(`"code":"${code}"`));
  }

  /** Asks whether it is ready, and why not. */
  async readiness(): Promise<ToldReadiness> {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}/readyz`);
    const { reasons = [] } = (await response.json()) as Partial<ToldReadiness>;
    return { status: response.status, reasons };
  }

  /** Asks its ClickHouse, once that is ready. */
  async query<Row>(sql: string): Promise<Row[]> {
    const client = await this.#clickhouse();
    const result = await client.query({ query: sql, format: 'JSONEachRow' });
    return result.json<Row>();
  }

  /** Asks its ClickHouse and gives a table to be read by people. */
  async text(sql: string): Promise<string> {
    const client = await this.#clickhouse();
    const result = await client.exec({ query: `${sql} FORMAT PrettyCompactMonoBlock` });
    return text(result.stream);
  }

  /** Gives its metrics, by name and labels as Prometheus reads them. */
  async metrics(): Promise<Map<string, number>> {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}/metrics`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
  }

  /** Sends it a signal and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for its end, and gives its exit code. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  /** Stops it as an operator would, and gives its exit code. Rejects where its ledger did not add up before. */
  async stop(): Promise<number | null> {
    const metrics = await this.metrics().catch(() => null);
    const code = await this.#end('SIGTERM');
    const imbalance = metrics?.get('odograph_ledger_imbalance_frames') ?? 0;
    if (imbalance !== 0) throw new Error(`the ledger does not add up, by ${imbalance} frames`);
    return code;
  }

  /** Takes it down as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const client = this.#client;
    this.#client = null;
    await client?.then((open) => open.close()).catch(() => undefined);
    const ended = this.ended();
    this.#child.kill(signal);
    return ended;
  }

  #clickhouse(): Promise<ClickHouseClient> {
    this.#client ??= clientFrom(join(this.#dataDir, 'clickhouse', 'endpoint.json'));
    return this.#client;
  }
}

interface Ports {
  device: number;
  admin: number;
  api: number;
}

function portsFrom(child: ChildProcess, log: string[]): Promise<Ports> {
  return new Promise((resolve, reject) => {
    const fail = (code: number | null, signal: string | null): void => {
      reject(new Error(`the gateway ended by ${signal ?? code} before it listened: ${log.join('\n')}`));
    };
    child.once('exit', fail);
    let device: number | undefined;
    let api = 0;
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      log.push(line);
      if (!line.startsWith('{')) return;
      const entry = JSON.parse(line) as { msg?: string; port?: number };
      if (entry.msg === 'listening') device = entry.port;
      if (entry.msg === 'API open') api = entry.port ?? 0;
      if (entry.msg === 'admin port open' && device !== undefined) {
        child.off('exit', fail);
        resolve({ device, api, admin: entry.port ?? 0 });
      }
    });
  });
}

/** Waits for the engine and its tables; the file of an engine that was killed may still be there, and is read again. */
async function clientFrom(endpointFile: string): Promise<ClickHouseClient> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    let client: ClickHouseClient | null = null;
    try {
      const endpoint = JSON.parse(readFileSync(endpointFile, 'utf8')) as { url: string; headers: Record<string, string> };
      client = createClient({
        url: endpoint.url,
        http_headers: endpoint.headers,
        database: DATABASE,
        log: { level: 127 },
        clickhouse_settings: {
          output_format_json_quote_64bit_integers: 1,
          output_format_pretty_color: 0,
          output_format_pretty_row_numbers: 0,
        },
      });
      await client.query({ query: 'SELECT count() FROM messages', format: 'JSONEachRow' });
      return client;
    } catch (error) {
      await client?.close();
      if (performance.now() > deadline) throw error;
      await pause(20);
    }
  }
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { credentialsFile } from '../load/credentials.ts';
import type { LoadGenerator, LoadOptions } from '../load/load-generator.ts';
import { onLoadedProcessor, unpin, unpinHelpers } from '../load/pinning.ts';
import { childrenOf, processorUs, residentBytes } from '../load/processor-time.ts';
import type { Transport } from '../load/tasks.ts';
import { identOf, RECORD_EVERY_MS } from '../load/vehicle-track.ts';
import { registerFleet } from './registered-fleet.ts';

export interface UnderLoadOptions {
  dataDir: string;
  transport: Transport;
  /** Devices that are registered, and may log in. */
  devices: number;
  settings?: readonly string[];
  nodeArguments?: readonly string[];
  /** The program; that of these sources unless another is given. */
  main?: string;
}

/** Processor time so far, us. */
export interface Spent {
  gateway: number;
  engine: number;
}

const BEARER = 'load-generator-0123456789';
/** What one address, connection or device may do is not what is measured. */
const NO_LIMITS = [
  'connections=1000000',
  'connectionsPerAddress=1000000',
  'framesPerSecond=1000000',
  'trackerFramesPerSecond=1000000',
];
const WIDE_BYTES = ['bytesPerSecond=1073741824', 'trackerBytesPerSecond=1073741824'];
const PUSH_LIMITS = ['push.requestsPerSecond=1000000', 'push.bytesPerSecond=1073741824', 'api.connectionsPerAddress=100000'];
const STORED_WITHIN_MS = 120_000;

/** A gateway as users start it, from its sources, whose fleet is that of the load generator. */
export class GatewayUnderLoad {
  readonly gateway: GatewayProcess;
  readonly #options: UnderLoadOptions;
  readonly #path: string;
  /** From the start of its process to the first port, ms. */
  readonly startMs: number;

  private constructor(gateway: GatewayProcess, options: UnderLoadOptions, path: string, startMs: number) {
    this.gateway = gateway;
    this.#options = options;
    this.#path = path;
    this.startMs = startMs;
  }

  /** Starts it, and waits until ClickHouse is there too. */
  static async start(options: UnderLoadOptions): Promise<GatewayUnderLoad> {
    const { dataDir, devices, transport, settings = [], nodeArguments = [], main } = options;
    registerFleet(dataDir, devices);
    const begun = performance.now();
    const gateway = await GatewayProcess.start({
      dataDir,
      settings: [...listenerSettings(dataDir, transport, devices), ...settings],
      through: onLoadedProcessor,
      nodeArguments,
      ...(main === undefined ? {} : { main }),
    });
    const startMs = performance.now() - begun;
    try {
      await gateway.query('SELECT 1');
      // These go where the generator leaves room: only what takes frames and acknowledges them has a processor of its own.
      unpinHelpers(gateway.pid);
      for (const child of childrenOf(gateway.pid)) unpin(child);
      const path = transport === 'http' ? await pushPath(gateway, dataDir) : '';
      return new GatewayUnderLoad(gateway, options, path, startMs);
    } catch (error) {
      await gateway.kill();
      throw error;
    }
  }

  /** Where the load generator finds it. */
  get target(): Pick<LoadOptions, 'transport' | 'port' | 'path' | 'authorization'> {
    const { transport } = this.#options;
    const port = transport === 'http' ? this.gateway.apiPort : this.gateway.port;
    return { transport, port, path: this.#path, authorization: `Bearer ${BEARER}` };
  }

  spent(): Spent {
    const { pid } = this.gateway;
    return { gateway: processorUs(pid), engine: childrenOf(pid).reduce((sum, child) => sum + processorUs(child), 0) };
  }

  get residentBytes(): number {
    return residentBytes(this.gateway.pid);
  }

  /** Frames that are durable and not stored. */
  waitingFrames(): Promise<number> {
    return this.metric('spool_waiting_frames');
  }

  /** Memory of the engine. */
  get engineResidentBytes(): number {
    return childrenOf(this.gateway.pid).reduce((sum, child) => sum + residentBytes(child), 0);
  }

  /** A metric of the gateway now, by name and labels. */
  async metric(name: string): Promise<number> {
    return (await this.gateway.metrics()).get(`odograph_${name}`) ?? 0;
  }

  /** Waits until nothing waits for ClickHouse any more. Threads that were begun meanwhile go where there is room, as the others do. */
  async stored(): Promise<void> {
    unpinHelpers(this.gateway.pid);
    const deadline = performance.now() + STORED_WITHIN_MS;
    while ((await this.waitingFrames()) !== 0) {
      if (performance.now() > deadline)
        throw new Error(`${await this.waitingFrames()} frames are not stored: ${this.gateway.lastWords}`);
      await pause(100);
    }
  }

  /**
   * Compares what the load generator was acknowledged with what ClickHouse has, device by device: all of it, once, and nothing else.
   * Throws where it differs: no figure of such a run is worth anything. `others` are devices beside the generator's, with their frames of a
   * record that were acknowledged.
   */
  async checkStored(load: LoadGenerator, others: ReadonlyMap<number, number> = new Map()): Promise<void> {
    if (load.lost.length > 0) throw new Error(`${load.lost.length} connections were lost, the first by: ${load.lost[0]}`);
    if (load.unknown > 0) throw new Error(`${load.unknown} frames have had no ack`);
    await this.stored();
    // A login may leave a message too, which has no time of the device; all records here have one.
    const rows = await this.gateway.query<StoredOfDevice>(
      `SELECT ident, count() AS rows, uniqExact(record_id) AS records, uniqExact(device_time) AS times,
              toUnixTimestamp64Milli(min(device_time)) AS first, toUnixTimestamp64Milli(max(device_time)) AS last
       FROM messages WHERE clock_repair = 'none' GROUP BY ident`,
    );
    const stored = new Map(rows.map((row) => [row.ident, row]));
    const sent = load.acknowledged.map((frames, device) => [device, frames * load.recordsPerFrame] as const);
    for (const [device, records] of [...sent, ...others]) {
      const found = stored.get(identOf(device));
      stored.delete(identOf(device));
      if (records > 0) expectAll(found, records, load.startsAt);
      else if (found !== undefined) throw new Error(`${found.ident} has rows and was acknowledged nothing`);
    }
    if (stored.size > 0) throw new Error(`there are rows of ${[...stored.keys()].slice(0, 5).join(', ')}, who sent nothing`);
  }

  /** Ends it; throws where its ledger does not add up. */
  async stop(): Promise<void> {
    await this.gateway.stop();
  }

  /** Takes it down, where it is still there. */
  async kill(): Promise<void> {
    await this.gateway.kill();
  }
}

interface StoredOfDevice {
  ident: string;
  rows: string;
  records: string;
  times: string;
  first: string;
  last: string;
}

/** Throws unless the records of a device are there, each once, one a second from the first to the last. */
function expectAll(found: StoredOfDevice | undefined, records: number, startsAt: number): void {
  const { ident, rows, records: distinct, times, first, last } = found ?? { ident: 'a device' };
  const isRight =
    [rows, distinct, times].every((count) => Number(count) === records) &&
    Number(first) === startsAt &&
    Number(last) === startsAt + (records - 1) * RECORD_EVERY_MS;
  if (!isRight) {
    const what = `${rows} rows, ${distinct} records of ${times} instants, from ${first} to ${last}`;
    throw new Error(`${ident} was acknowledged ${records} records from ${startsAt} on, and ClickHouse has ${what}`);
  }
}

function listenerSettings(dataDir: string, transport: Transport, devices: number): string[] {
  const settings = [...NO_LIMITS, ...WIDE_BYTES].map((limit) => `limits.${limit}`);
  if (transport === 'http') return [...settings, ...PUSH_LIMITS];
  const file = join(dataDir, 'devices.txt');
  if (transport === 'mqtt') writeFileSync(file, credentialsFile(devices));
  const listener = {
    name: 'trackers',
    transport,
    host: '127.0.0.1',
    port: 0,
    protocols: transport === 'tcp' ? ['teltonika', 'astra-telematics'] : ['teltonika'],
    ...(transport === 'mqtt' ? { mqtt: { credentialsFile: file } } : {}),
  };
  return [...settings, `listeners=${JSON.stringify([listener])}`];
}

/** Makes an endpoint that asks for a bearer token; gives its path. */
async function pushPath(gateway: GatewayProcess, dataDir: string): Promise<string> {
  const key = readFileSync(join(dataDir, 'admin-key'), 'utf8').trim();
  const response = await fetch(`http://127.0.0.1:${gateway.apiPort}/v1/push-endpoints`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'load', protocol: 'cloudevents', proof: { kind: 'bearer', secrets: [BEARER] } }),
  });
  const body = (await response.json()) as { path?: string };
  if (body.path === undefined) throw new Error(`no push endpoint: ${JSON.stringify(body)}`);
  return body.path;
}

import { setTimeout as pause } from 'node:timers/promises';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { RedisStore } from '../../src/store/redis/store.ts';
import type { RedisServer } from '../../src/store/redis/server-fixture.ts';
import { aTracker, registered } from '../../src/store/samples.ts';
import { readMetrics, sumOf } from '../../test/support/metrics.ts';
import { childrenOf, processorUs, residentBytes } from '../load/processor-time.ts';
import { identOf } from '../load/vehicle-track.ts';
import type { LoadGenerator } from '../load/load-generator.ts';

export interface OnCoresOptions {
  dataDir: string;
  redis: RedisServer;
  processes: number;
  /** Devices that are registered. */
  devices: number;
}

/** Processor time so far, us. */
export interface SpentOnCores {
  /** Of all processes that take devices in. */
  gateways: number;
  supervisor: number;
  engine: number;
}

const STORED_WITHIN_MS = 120_000;
const STORED_LOOK_MS = 50;
/** How often the listeners of the processes are looked for that are not there yet, ms. */
const READY_LOOK_MS = 100;

/** A gateway of one process or of several, free to run on every processor, on one Redis. */
export class GatewayOnCores {
  readonly port: number;
  readonly #gateway: GatewayProcess;
  /** Process ids of those that take devices in, and of what runs besides. */
  readonly #pids: readonly number[];
  readonly #supervisor: number;
  readonly #engine: readonly number[];

  private constructor(gateway: GatewayProcess, pids: readonly number[]) {
    this.#gateway = gateway;
    this.port = gateway.port;
    this.#pids = pids;
    this.#supervisor = pids.includes(gateway.pid) ? 0 : gateway.pid;
    this.#engine = childrenOf(gateway.pid).filter((pid) => !pids.includes(pid));
  }

  /** Starts it, and waits until all processes and ClickHouse are there. */
  static async start({ dataDir, redis, processes, devices }: OnCoresOptions): Promise<GatewayOnCores> {
    const namespace = `cores-${processes}`;
    await registerFleet(new RedisStore(redis.settings(namespace)), devices);
    const settings = ['store.kind=redis', `store.url=${redis.url}`, `store.namespace=${namespace}`];
    const gateway = await GatewayProcess.start({ dataDir, settings: [...settings, `processes=${processes}`] });
    try {
      while ((await gateway.readiness()).status !== 200) await pause(READY_LOOK_MS);
      await gateway.query('SELECT 1');
      return new GatewayOnCores(gateway, processes === 1 ? [gateway.pid] : seatsIn(gateway.log));
    } catch (error) {
      await gateway.kill();
      throw error;
    }
  }

  spent(): SpentOnCores {
    return {
      gateways: this.#pids.reduce((sum, pid) => sum + processorUs(pid), 0),
      supervisor: this.#supervisor === 0 ? 0 : processorUs(this.#supervisor),
      engine: this.#engine.reduce((sum, pid) => sum + processorUs(pid), 0),
    };
  }

  /** Memory of all but the engine. */
  get residentBytes(): number {
    return [...this.#pids, this.#supervisor].reduce((sum, pid) => sum + (pid === 0 ? 0 : residentBytes(pid)), 0);
  }

  /** Waits until so many records are stored. */
  async stored(records: number): Promise<void> {
    const deadline = performance.now() + STORED_WITHIN_MS;
    for (let found = 0; found < records;) {
      if (performance.now() > deadline)
        throw new Error(`${records - found} records are not stored: ${this.#gateway.lastWords}`);
      await pause(STORED_LOOK_MS);
      const [row] = await this.#gateway.query<{ rows: string }>('SELECT count() AS rows FROM messages');
      found = Number(row?.rows ?? 0);
    }
  }

  /** Compares what was acknowledged with what is stored, device by device; throws where it differs. */
  async checkStored(load: LoadGenerator): Promise<void> {
    if (load.lost.length > 0) throw new Error(`${load.lost.length} connections were lost, the first by: ${load.lost[0]}`);
    if (load.unknown > 0) throw new Error(`${load.unknown} frames have had no ack`);
    const rows = await this.#gateway.query<{ ident: string; rows: string; records: string }>(
      'SELECT ident, count() AS rows, uniqExact(record_id) AS records FROM messages GROUP BY ident',
    );
    const stored = new Map(rows.map((row) => [row.ident, row]));
    for (const [device, frames] of load.acknowledged.entries()) {
      const records = frames * load.recordsPerFrame;
      const found = stored.get(identOf(device));
      if (Number(found?.rows ?? 0) === records && Number(found?.records ?? 0) === records) continue;
      throw new Error(`${identOf(device)}: ${records} records acknowledged, stored: ${JSON.stringify(found)}`);
    }
  }

  /** Connections that the first process has, as its metrics say. */
  async connectionsOfFirst(): Promise<number> {
    return sumOf(await readMetrics(this.#gateway.adminPort), 'connections');
  }

  /** Ends it; throws where its ledger does not add up. */
  async stop(): Promise<void> {
    await this.#gateway.stop();
  }

  async kill(): Promise<void> {
    await this.#gateway.kill();
  }
}

async function registerFleet(store: RedisStore, devices: number): Promise<void> {
  const trackers = Array.from({ length: devices }, (_, device) => {
    const ident = identOf(device);
    return aTracker(`load-${ident}`, { trackerId: `VIN${ident}`, foreignTrackerId: ident, status: 'pending_for_data' });
  });
  await Promise.all(trackers.map((tracker) => store.register(registered(tracker))));
  store.close();
}

/** Process ids that the supervisor has logged. */
function seatsIn(log: readonly string[]): number[] {
  const lines = log.filter((line) => line.includes('a process has started'));
  return lines.map((line) => (JSON.parse(line) as { pid: number }).pid);
}

/** A gateway process, reference trackers that come over every transport, and the judge: what a fault suite is made of. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayProcess, type GatewayProcessOptions } from '../../src/simulate/gateway-process.ts';
import { Ledger, type LedgerCheckpoint } from '../../src/observe/ledger.ts';
import { readCheckpointFile } from '../../src/spool/checkpoint.ts';
import { nodeDisk } from '../../src/spool/disk.ts';
import { until } from '../support/waiting.ts';
import { atRest } from './at-rest.ts';
import { Doors } from './client/doors.ts';
import { identsOf, ReferenceFleet, type FleetOptions } from './client/fleet.ts';
import type { ReferenceTracker } from './client/tracker.ts';
import { judge } from './judge/judge.ts';
import type { Ask } from './judge/read-stores.ts';
import type { Verdict } from './judge/verdict.ts';

export interface BenchOptions extends Pick<GatewayProcessOptions, 'settings' | 'through'> {
  /** A folder that the test made; one of the bench's own where it is left out. */
  dataDir?: string;
  trackers?: FleetOptions['trackers'];
  recordsPerFrame?: number;
  /** Pause of a tracker between two frames, ms. */
  pauseMs?: number;
  /** Ports by which trackers reach those of the gateway, where something is between them. */
  between?: (ports: Doors['ports']) => Promise<Doors['ports']>;
  /** Address for devices; the loopback one where it is left out. */
  host?: string;
  /** Idents of the MQTT broker that no tracker of the fleet has. */
  sparesMqtt?: number;
}

const TRACKERS = { teltonika: 2, astra: 1, udp: 2, mqtt: 2, http: 1 };
const QUICK = ['clickhouse.batchAgeMs=50', 'clickhouse.retryMinMs=20', 'clickhouse.retryMaxMs=300'];
/** A gateway that has lost nothing is itself again after this long; only a hang takes longer, ms. */
const PATIENCE_MS = 120_000;

export class FaultBench {
  readonly doors: Doors;
  readonly dataDir: string;
  gateway!: GatewayProcess;
  fleet!: ReferenceFleet;
  readonly #options: BenchOptions;
  readonly #isOwn: boolean;
  #lives = 0;

  private constructor(options: BenchOptions, doors: Doors) {
    this.#options = options;
    this.doors = doors;
    this.#isOwn = options.dataDir === undefined;
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'odograph-faults-'));
  }

  /** Starts the gateway and the trackers. */
  static async start(options: BenchOptions = {}): Promise<FaultBench> {
    const { trackers = TRACKERS, recordsPerFrame = 3, pauseMs = 10, sparesMqtt = 0 } = options;
    const mqttIdents = identsOf('mqtt', Math.max(1, (trackers.mqtt ?? 0) + sparesMqtt));
    const bench = new FaultBench(options, await Doors.choose(mqttIdents, options.host));
    await bench.begin();
    if ((trackers.http ?? 0) > 0) await bench.doors.openPush(bench.gateway, bench.dataDir);
    const startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 4 * 3_600_000;
    const { doors } = bench;
    const ports = (await options.between?.(doors.ports)) ?? doors.ports;
    bench.fleet = new ReferenceFleet(
      { ports, pushUrl: doors.pushUrl },
      { trackers, startsAt, recordsPerFrame, pauseMs, quarantineEvery: 9 },
    );
    bench.fleet.start();
    return bench;
  }

  /** Starts the gateway, at the ports it had before; `more` settings come behind those of the bench. */
  async begin(...more: string[]): Promise<void> {
    const { settings = [], through = [] } = this.#options;
    const all = [...this.doors.settings, ...QUICK, ...settings, ...more];
    this.#lives++;
    this.gateway = await GatewayProcess.start({ dataDir: this.dataDir, settings: all, through });
  }

  /** Kills the gateway and starts it again. */
  async restart(...more: string[]): Promise<void> {
    await this.gateway.kill();
    await this.begin(...more);
  }

  /** Waits until so many more frames were acknowledged in all. */
  async told(frames: number): Promise<void> {
    const before = this.fleet.framesAcknowledged;
    const isEnough = (): boolean => this.fleet.framesAcknowledged >= before + frames;
    await until(`${frames} more frames are acknowledged`, isEnough, PATIENCE_MS);
  }

  /** Waits until every tracker, of the fleet or of some, was told of so many more frames: each has got over what happened. */
  async expectEachTold(frames: number, trackers: readonly ReferenceTracker[] = this.fleet.trackers): Promise<void> {
    const before = trackers.map(({ framesAcknowledged }) => framesAcknowledged);
    const isEnough = (): boolean =>
      trackers.every(({ framesAcknowledged }, i) => framesAcknowledged >= (before[i] ?? 0) + frames);
    await until(`each tracker has ${frames} more frames acknowledged`, isEnough, PATIENCE_MS);
  }

  /** Sees that nothing is acknowledged for a while, apart from what was on its way. */
  async expectNothingTold(forMs = 400): Promise<void> {
    await pause(100);
    const before = this.fleet.framesAcknowledged;
    await pause(forMs);
    equal(this.fleet.framesAcknowledged, before);
  }

  /** Waits until `/readyz` answers with a status, and gives its reasons. */
  async readiness(status: number): Promise<string> {
    let said = '';
    const isSo = async (): Promise<boolean> => {
      const readiness = await this.gateway.readiness();
      said = readiness.reasons.map(({ check, reason }) => `${check}: ${reason}`).join('; ');
      return readiness.status === status;
    };
    await until(`the readiness is ${status}`, isSo, PATIENCE_MS);
    return said;
  }

  /** Lets the trackers finish, waits until all is stored, and judges. */
  async verdict(ask: Ask = (sql) => this.gateway.query(sql)): Promise<Verdict> {
    await this.fleet.finish(PATIENCE_MS);
    await atRest(this.gateway, PATIENCE_MS);
    const metrics = await this.#ledgerOfAllLives();
    return judge({ memories: this.fleet.memories, ask, metrics, told: this.fleet.told });
  }

  /** The metrics of a gateway at rest. They count from its start; what went before is in the checkpoint, and is added here. */
  async #ledgerOfAllLives(): Promise<Map<string, number>> {
    const metrics = await this.gateway.metrics();
    equal(metrics.get('odograph_ledger_imbalance_frames'), 0);
    if (this.#lives === 1) return metrics;
    const checkpoint = await readCheckpointFile(nodeDisk, this.#spoolDir);
    if (checkpoint === null || checkpoint === 'unreadable') throw new Error('the gateway at rest has no checkpoint');
    for (const row of Ledger.fromCheckpoint(checkpoint.ledger as LedgerCheckpoint).snapshot()) {
      const labels = `listener="${row.listener}",protocol="${row.protocol}"`;
      metrics.set(`odograph_frames_received_total{${labels}}`, row.received);
      for (const column of ['stored', 'duplicate', 'quarantined', 'refused'] as const) {
        metrics.set(`odograph_frames_total{${labels},column="${column}"}`, row[column]);
      }
    }
    return metrics;
  }

  /** Where the spool is, by the settings. */
  get #spoolDir(): string {
    const setting = this.#options.settings?.find((each) => each.startsWith('spool.dir='));
    return setting === undefined ? join(this.dataDir, 'spool') : setting.slice('spool.dir='.length);
  }

  /** Judges, and expects that every promise held, over at least so many records. */
  async expectAllKept(ask?: Ask, atLeast = 100): Promise<void> {
    const verdict = await this.verdict(ask);
    deepEqual(verdict.examples, []);
    ok(verdict.acknowledged > atLeast, `${verdict.acknowledged} records are not enough to judge by`);
  }

  async dispose(): Promise<void> {
    await this.gateway.kill();
    await Promise.all(this.fleet.trackers.map((tracker) => tracker.finish(1).catch(() => undefined)));
    if (this.#isOwn) rmSync(this.dataDir, { recursive: true, force: true });
  }
}

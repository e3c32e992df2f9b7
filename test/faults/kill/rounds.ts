/** Kills gateways under load, hundreds of times, and has the judge look at what is left. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../../protocols/conformance/fuzz/random.ts';
import { GatewayProcess } from '../../../src/simulate/gateway-process.ts';
import { Connection } from '../../../src/sink/clickhouse/connection.ts';
import { Engine } from '../../../src/sink/clickhouse/embedded/engine.ts';
import { ClickHouseRelay } from '../../support/clickhouse-relay.ts';
import { removeFolder } from '../../support/remove-folder.ts';
import { until } from '../../support/waiting.ts';
import { atRest } from '../at-rest.ts';
import { Doors } from '../client/doors.ts';
import { identsOf, ReferenceFleet, type Voice } from '../client/fleet.ts';
import { judge } from '../judge/judge.ts';
import { askLedger } from '../judge/read-stores.ts';
import type { Verdict } from '../judge/verdict.ts';
import { LOAD_POINTS, MIGRATION_POINTS, PRELOAD, type Death, type KillPoint, type KillRun } from './points.ts';

export interface KillRunOptions {
  seed: number;
  /** Rounds under load; each ends with a death. */
  rounds: number;
  /** Starts on empty data that die in a migration, before the rounds. */
  migrations: number;
  /** The program of the gateway; that of the sources unless another is given. */
  main?: string;
  onRound?: (round: number, death: Death) => void;
}

const TRACKERS: Readonly<Record<Voice, number>> = { teltonika: 4, udp: 4, mqtt: 4, astra: 2, http: 3 };
/** A step that is not reached in this time is not reached: the gateway is killed wherever it is, ms. */
const REACHED_WITHIN_MS = 20_000;
/** Every start on empty data comes to its migrations, however long it takes, ms. */
const MIGRATED_WITHIN_MS = 120_000;
const ACKNOWLEDGED_WITHIN_MS = 120_000;
const SETTINGS = [
  'clickhouse.batchAgeMs=30',
  'clickhouse.retryMinMs=10',
  'clickhouse.retryMaxMs=200',
  'spool.segmentBytes=65536',
  'admin.port=0',
];

/**
 * One data folder, one ClickHouse, and gateways that come and go. ClickHouse is the embedded engine, run beside the gateways, so
 * that it outlives them, and is itself killed now and then.
 */
class Rounds {
  readonly #options: KillRunOptions;
  readonly #random: () => number;
  readonly #root = mkdtempSync(join(tmpdir(), 'odograph-kills-'));
  readonly #dataDir = join(this.#root, 'data');
  readonly #deaths = new Map<Death, number>();
  #deck: Death[] = [];
  #engine!: Engine;
  #relay!: ClickHouseRelay;
  #doors!: Doors;
  #fleet: ReferenceFleet | null = null;
  #gateway: GatewayProcess | null = null;

  constructor(options: KillRunOptions) {
    this.#options = options;
    const numbers = seededRandom(options.seed, 0);
    this.#random = () => numbers.below(2 ** 30) / 2 ** 30;
  }

  async run(): Promise<KillRun> {
    try {
      this.#engine = await Engine.start({
        directory: join(this.#root, 'engine'),
        memoryBytes: 1_000_000_000,
        restartMs: { first: 50, last: 200 },
      });
      this.#relay = await ClickHouseRelay.start(this.#engine.endpoint);
      this.#doors = await Doors.choose(identsOf('mqtt', TRACKERS.mqtt));
      for (let round = 0; round < this.#options.migrations; round++) await this.#dieInMigration(round);
      const fleet = await this.#setOut();
      for (let round = 0; round < this.#options.rounds; round++) {
        const death = await this.#round();
        this.#count(death);
        this.#options.onRound?.(round + 1, death);
      }
      const verdict = await this.#judge(fleet);
      const { framesAcknowledged: frames, sends } = fleet;
      return { verdict, deaths: this.#deaths, resends: sends - frames, frames };
    } finally {
      await this.#gateway?.kill();
      for (const { carrier } of this.#fleet?.trackers ?? []) carrier.leave();
      await this.#relay?.shut();
      await this.#engine?.stop();
      removeFolder(this.#root);
    }
  }

  #count(death: Death): void {
    this.#deaths.set(death, (this.#deaths.get(death) ?? 0) + 1);
  }

  /** Starts a gateway, armed where a step is named. Gives `null` where it died of that before it took anybody. */
  async #start(
    armed: { at: KillPoint; nth: number } | null = null,
    dataDir = this.#dataDir,
    database = 'faults',
  ): Promise<GatewayProcess | null> {
    const { main } = this.#options;
    const server = ['clickhouse.mode=server', `clickhouse.url=${this.#relay.url}`, `clickhouse.database=${database}`];
    const nodeArguments = armed === null ? [] : ['--import', `${PRELOAD}?at=${armed.at}&nth=${armed.nth}`];
    const settings = [...this.#doors.settings, ...server, ...SETTINGS];
    try {
      this.#gateway = await GatewayProcess.start({ dataDir, settings, nodeArguments, ...(main === undefined ? {} : { main }) });
      return this.#gateway;
    } catch (error) {
      if (armed === null || !String(error).includes('ended by SIGKILL')) throw error;
      return null;
    }
  }

  /** The fleet begins to send, once there is an address to push to. */
  async #setOut(): Promise<ReferenceFleet> {
    const gateway = (await this.#start()) as GatewayProcess;
    await this.#doors.openPush(gateway, this.#dataDir);
    const startsAt = Date.UTC(2026, 9, 1);
    this.#fleet = new ReferenceFleet(this.#doors, {
      trackers: TRACKERS,
      startsAt,
      recordsPerFrame: 4,
      pauseMs: 40,
      quarantineEvery: 9,
    });
    this.#fleet.start();
    await gateway.kill();
    this.#count('at random');
    return this.#fleet;
  }

  /** One life, and how it ended. What is to happen is dealt from a deck that has everything once, and is shuffled again when it is out. */
  #round(): Promise<Death> {
    if (this.#deck.length === 0)
      this.#deck = this.#shuffled([...LOAD_POINTS, 'at random', 'at random', 'at random', 'SIGTERM', 'engine']);
    const death = this.#deck.pop() as Death;
    if (death === 'at random') return this.#dieAtRandom();
    if (death === 'SIGTERM') return this.#endOrderly();
    if (death === 'engine') return this.#loseEngine();
    return this.#dieAt(death, 1 + Math.floor(this.#random() ** 3 * 12));
  }

  #shuffled(deaths: readonly Death[]): Death[] {
    const order = deaths.map((death) => ({ death, by: this.#random() }));
    return order.toSorted((a, b) => a.by - b.by).map(({ death }) => death);
  }

  async #dieAtRandom(): Promise<Death> {
    const afterMs = this.#random() ** 2 * 1_000;
    const gateway = (await this.#start()) as GatewayProcess;
    await pause(afterMs);
    await gateway.kill();
    return 'at random';
  }

  async #dieAt(at: KillPoint, nth: number): Promise<Death> {
    const gateway = await this.#start({ at, nth });
    if (gateway === null) return at;
    const isDead = await Promise.race([gateway.ended().then(() => true), pause(REACHED_WITHIN_MS, false, { ref: false })]);
    await gateway.kill();
    return isDead ? at : 'at random';
  }

  /** Under load it is asked to end, and ends well: what it took is stored or waits in the spool. */
  async #endOrderly(): Promise<Death> {
    const afterMs = this.#random() * 500;
    const gateway = (await this.#start()) as GatewayProcess;
    await pause(afterMs);
    const code = await gateway.stop();
    if (code !== 0) throw new Error(`asked to end, the gateway ended with ${code}: ${gateway.lastWords}`);
    return 'SIGTERM';
  }

  /** The engine dies under the gateway, and then the gateway. */
  async #loseEngine(): Promise<Death> {
    const [engineMs, gatewayMs] = [this.#random() * 500, this.#random() * 1_000];
    const gateway = (await this.#start()) as GatewayProcess;
    await pause(engineMs);
    const { pid, restarts } = this.#engine;
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await pause(gatewayMs);
    await gateway.kill();
    await until('the engine is back', () => this.#engine.restarts > restarts, 60_000);
    this.#count('at random');
    return 'engine';
  }

  /** On empty data: the next start completes what the one that died has begun. */
  async #dieInMigration(round: number): Promise<void> {
    const dataDir = join(this.#root, `migrated-${round}`);
    const database = `migrated_${round}`;
    const at = MIGRATION_POINTS[round % MIGRATION_POINTS.length] as KillPoint;
    const nth = at === 'registry-schema' ? 1 + Math.floor(this.#random() * 5) : 1 + Math.floor(this.#random() * 10);
    const armed = await this.#start({ at, nth }, dataDir, database);
    const isDead = await Promise.race([
      armed?.ended().then(() => true) ?? true,
      pause(MIGRATED_WITHIN_MS, false, { ref: false }),
    ]);
    if (!isDead) throw new Error(`the gateway did not come to ${at} number ${nth}`);
    this.#count(at);
    const next = (await this.#start(null, dataDir, database)) as GatewayProcess;
    await atRest(next);
    const code = await next.stop();
    if (code !== 0) throw new Error(`after a death at ${at} number ${nth} the gateway ended with ${code}: ${next.lastWords}`);
  }

  async #judge(fleet: ReferenceFleet): Promise<Verdict> {
    await this.#start();
    await fleet.finish(ACKNOWLEDGED_WITHIN_MS);
    // An orderly end and start: the ledger has outlived it all.
    const code = await this.#gateway?.stop();
    if (code !== 0) throw new Error(`the last gateway ended with ${code}: ${this.#gateway?.lastWords}`);
    const gateway = (await this.#start()) as GatewayProcess;
    await atRest(gateway);
    const connection = new Connection({
      ...this.#engine.endpoint,
      database: 'faults',
      requestTimeoutMs: 60_000,
      connections: 2,
    });
    try {
      const ask = <Row>(sql: string): Promise<Row[]> => connection.rows<Row>(sql.replaceAll(/\b(FROM) (\w+)/g, '$1 faults.$2'));
      const ledger = await askLedger(this.#dataDir);
      return await judge({ memories: fleet.memories, ask, metrics: await gateway.metrics(), ledger, told: fleet.told });
    } finally {
      await connection.close();
    }
  }
}

/** Kills gateways and says what the judge found. Rejects where one does not start, or does not end as it is asked to. */
export function killRounds(options: KillRunOptions): Promise<KillRun> {
  return new Rounds(options).run();
}

/** Kills the front of a gateway under load, and has a whole gateway store what it has acknowledged. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../../protocols/conformance/fuzz/random.ts';
import { GatewayProcess } from '../../../src/simulate/gateway-process.ts';
import { removeFolder } from '../../support/remove-folder.ts';
import { atRest } from '../at-rest.ts';
import { Doors } from '../client/doors.ts';
import { identsOf, ReferenceFleet } from '../client/fleet.ts';
import { judge } from '../judge/judge.ts';
import { askLedger } from '../judge/read-stores.ts';
import type { Verdict } from '../judge/verdict.ts';
import { PRELOAD, type Death, type KillPoint, type KillRun } from './points.ts';

export interface FrontRunOptions {
  seed: number;
  rounds: number;
  /** The program of the front. */
  main: string;
  onRound?: (round: number, death: Death) => void;
}

const TRACKERS = { teltonika: 8, udp: 6, astra: 2 };
/** Steps that the front comes by. */
const POINTS: readonly KillPoint[] = ['spool-written', 'spool-synced', 'segment-headed', 'segment-synced'];
/** Longer than any machine takes, however loaded, ms. */
const READY_WITHIN_MS = 180_000;
const REACHED_WITHIN_MS = 10_000;
const ACKNOWLEDGED_WITHIN_MS = 120_000;

/** Runs the rounds. Rejects where a front does not start, or complains of its spool. */
export async function killFronts({ seed, rounds, main, onRound }: FrontRunOptions): Promise<KillRun> {
  const random = seededRandom(seed, 0);
  const part = (): number => random.below(1_000) / 1_000;
  const root = mkdtempSync(join(tmpdir(), 'odograph-fronts-'));
  const dataDir = join(root, 'data');
  mkdirSync(dataDir);
  const doors = await Doors.choose(identsOf('mqtt', 1));
  const startsAt = Date.UTC(2026, 9, 1);
  const fleet = new ReferenceFleet(doors, {
    trackers: TRACKERS,
    startsAt,
    recordsPerFrame: 4,
    pauseMs: 20,
    quarantineEvery: 9,
  });
  const deaths = new Map<Death, number>();
  let gateway: GatewayProcess | null = null;
  try {
    fleet.start();
    for (let round = 1; round <= rounds; round++) {
      const at = random.chance(30) ? null : random.pick(POINTS);
      // A front begins a segment of its own, and may come to no second in its life.
      const isOnce = at === 'segment-headed' || at === 'segment-synced';
      const nth = isOnce ? 1 : 1 + Math.floor(part() ** 2 * 30);
      const death = await live([main, dataDir, String(doors.ports.tcp), String(doors.ports.udp)], at, nth, part() ** 2 * 400);
      deaths.set(death, (deaths.get(death) ?? 0) + 1);
      onRound?.(round, death);
    }
    gateway = await GatewayProcess.start({ dataDir, settings: doors.settings });
    await fleet.finish(ACKNOWLEDGED_WITHIN_MS);
    await atRest(gateway);
    const verdict = await verdictOn(gateway, dataDir, fleet);
    return { verdict, deaths, resends: fleet.sends - fleet.framesAcknowledged, frames: fleet.framesAcknowledged };
  } finally {
    await gateway?.kill();
    for (const { carrier } of fleet.trackers) carrier.leave();
    removeFolder(root);
  }
}

async function verdictOn(gateway: GatewayProcess, dataDir: string, fleet: ReferenceFleet): Promise<Verdict> {
  const ask = <Row>(sql: string): Promise<Row[]> => gateway.query<Row>(sql);
  const ledger = await askLedger(dataDir);
  return judge({ memories: fleet.memories, ask, metrics: await gateway.metrics(), ledger, told: fleet.told });
}

/** One life of a front, and how it ended. */
async function live(words: readonly string[], at: KillPoint | null, nth: number, afterMs: number): Promise<Death> {
  const armed = at === null ? [] : ['--import', `${PRELOAD}?at=${at}&nth=${nth}`];
  const front = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...armed, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const complaints: string[] = [];
  front.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  const ended = once(front, 'close').then(() => true);
  const isReady = await Promise.race([
    once(front.stdout, 'data').then(() => true),
    ended.then(() => false),
    pause(READY_WITHIN_MS, false, { ref: false }),
  ]);
  if (isReady && at === null) await pause(afterMs);
  const isDead = at === null ? false : await Promise.race([ended, pause(REACHED_WITHIN_MS, false, { ref: false })]);
  front.kill('SIGKILL');
  await ended;
  if ((!isReady && at === null) || complaints.length > 0 || !wasKilled(front)) {
    throw new Error(`the front ended by ${front.signalCode ?? front.exitCode}: ${complaints.join('')}`);
  }
  return isDead && at !== null ? at : 'at random';
}

function wasKilled({ signalCode }: ChildProcess): boolean {
  return signalCode === 'SIGKILL';
}

/** Thousands of hostile connections against a gateway process, with devices that mean well beside them, whose records are judged. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../../protocols/conformance/fuzz/random.ts';
import { GatewayProcess } from '../../../src/simulate/gateway-process.ts';
import { freePort } from '../../../src/sink/clickhouse/embedded/endpoint.ts';
import { Authority } from '../../support/authority.ts';
import { removeFolder } from '../../support/remove-folder.ts';
import { sumOf, type MetricValues } from '../../support/metrics.ts';
import { atRest } from '../at-rest.ts';
import { Doors } from '../client/doors.ts';
import { identsOf, ReferenceFleet } from '../client/fleet.ts';
import { judgeLedger } from '../judge/judge-ledger.ts';
import { judgeQuarantine } from '../judge/judge-quarantine.ts';
import { expectedOf, judgeTracker, quarantinedTimes } from '../judge/judge-tracker.ts';
import { readJournal, readLedger, readQuarantine, readTracker } from '../judge/read-stores.ts';
import { Verdict } from '../judge/verdict.ts';
import { attackOnce, KINDS, type Targets } from './attackers.ts';

export interface HostileOptions {
  connections: number;
  /** How many are there at a time. */
  atOnce: number;
  seed: number;
  onWord?: (word: string) => void;
}

export interface HostileRun {
  verdict: Verdict;
  /** Connections by what they did, and how many of them never came in, by why. */
  kinds: ReadonlyMap<string, number>;
  /** Connections that ended for a reason, and requests that were not taken, by code, as the gateway counted them. */
  refused: ReadonlyMap<string, number>;
  /** Resident memory of the gateway before, and the most seen, bytes. */
  restingBytes: number;
  peakBytes: number;
  /** Processor time of the gateway while they came, s. */
  processorSeconds: number;
  invariantsBroken: number;
  exitCode: number | null;
}

const TRACKERS = { teltonika: 5, astra: 3, udp: 2, mqtt: 3, http: 2 };
const LOOK_MS = 500;
const FINISH_MS = 120_000;
const REST_MS = 600_000;
const SETTINGS = [
  'limits.loginDeadlineMs=1000',
  'limits.frameDeadlineMs=1000',
  'limits.handshakeDeadlineMs=1000',
  'api.headersTimeoutMs=1000',
  // The devices that mean well push from the same address as those that guess.
  'push.failuresPerMinute=1000000',
  'clickhouse.batchAgeMs=200',
];

/** Runs them all, and judges what is stored afterwards. */
export async function hostileRun({ connections, atOnce, seed, onWord = () => undefined }: HostileOptions): Promise<HostileRun> {
  const dataDir = mkdtempSync(join(tmpdir(), 'odograph-hostile-'));
  const authority = new Authority();
  const doors = await Doors.choose(identsOf('mqtt', TRACKERS.mqtt));
  const tls = await freePort();
  const gateway = await GatewayProcess.start({ dataDir, settings: settingsOf(doors, tls, authority) });
  try {
    await doors.openPush(gateway, dataDir);
    const fleet = new ReferenceFleet(doors, {
      trackers: TRACKERS,
      startsAt: Date.UTC(2026, 9, 1),
      recordsPerFrame: 3,
      pauseMs: 20,
      quarantineEvery: 9,
    });
    fleet.start();
    await pause(3_000);
    const before = await gateway.metrics();
    const watch = watchMemory(gateway);
    const known = fleet.trackers.filter(({ carrier }) => carrier.transport === 'tcp').map(({ script }) => script.ident);
    const targets: Targets = { trackers: doors.ports.tcp, tls, mqtt: doors.ports.mqtt, api: doors.ports.http, known };
    const kinds = await attackAll(connections, atOnce, seed, targets, onWord);
    const after = await gateway.metrics();
    const peakBytes = await watch();
    await fleet.finish(FINISH_MS);
    await atRest(gateway, REST_MS);
    const atEnd = await gateway.metrics();
    const verdict = await judgeFleet(fleet, gateway, atEnd);
    return {
      verdict,
      kinds,
      refused: refusalsOf(atEnd),
      restingBytes: residentBytes(before),
      peakBytes,
      processorSeconds: sumOf(after, 'process_cpu_seconds_total') - sumOf(before, 'process_cpu_seconds_total'),
      invariantsBroken: sumOf(atEnd, 'errors_total', { code: 'bug_invariant' }),
      exitCode: await gateway.stop(),
    };
  } finally {
    await gateway.kill();
    authority.remove();
    removeFolder(dataDir);
  }
}

function settingsOf(doors: Doors, tls: number, authority: Authority): string[] {
  const { certFile, keyFile } = authority.issue('gateway.test');
  const secured = { name: 'secured', host: '127.0.0.1', port: tls, protocols: ['teltonika'], tls: { certFile, keyFile } };
  const own = doors.settings.map((setting) => {
    if (!setting.startsWith('listeners=')) return setting;
    return `listeners=${JSON.stringify([...(JSON.parse(setting.slice('listeners='.length)) as object[]), secured])}`;
  });
  return [...own, ...SETTINGS];
}

async function attackAll(
  connections: number,
  atOnce: number,
  seed: number,
  targets: Targets,
  onWord: (word: string) => void,
): Promise<Map<string, number>> {
  const kinds = new Map<string, number>();
  const note = (kind: string): void => void kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  let next = 0;
  const attack = async (): Promise<void> => {
    while (next < connections) {
      const number = next++;
      if (number % 5_000 === 0) onWord(`${number} of ${connections} hostile connections`);
      const { kind, keptOut } = await attackOnce(seededRandom(seed, number), targets);
      note(keptOut === null ? kind : `not let in: ${keptOut} at ${KINDS[kind].port}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, attack));
  return kinds;
}

function residentBytes(metrics: MetricValues): number {
  return sumOf(metrics, 'process_resident_memory_bytes');
}

/** Looks at the memory of the gateway again and again; what it gives ends that, and tells the most that was seen. */
function watchMemory(gateway: GatewayProcess): () => Promise<number> {
  const ending = new AbortController();
  let peakBytes = 0;
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const metrics = await gateway.metrics().catch(() => null);
      if (metrics !== null) peakBytes = Math.max(peakBytes, residentBytes(metrics));
      await pause(LOOK_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    ending.abort();
    await watching;
    return peakBytes;
  };
}

/** Judges the devices that mean well; what is stored of the others is nobody's promise. */
async function judgeFleet(fleet: ReferenceFleet, gateway: GatewayProcess, metrics: Map<string, number>): Promise<Verdict> {
  const verdict = new Verdict();
  const ask = <Row>(sql: string): Promise<Row[]> => gateway.query<Row>(sql);
  const { memories } = fleet;
  for (const memory of memories) {
    judgeTracker(verdict, expectedOf(memory), await readTracker(ask, memory.ident), quarantinedTimes(memory));
  }
  const known = new Set(memories.map(({ ident }) => ident));
  judgeQuarantine(
    verdict,
    memories,
    (await readQuarantine(ask)).filter(({ ident }) => known.has(ident ?? '')),
  );
  judgeLedger(verdict, readLedger(metrics), await readJournal(ask), fleet.told);
  return verdict;
}

function refusalsOf(metrics: MetricValues): Map<string, number> {
  const refused = new Map<string, number>();
  for (const [series, value] of metrics) {
    const [, code] = /^odograph_(?:connections_closed_total|http_refused_total)\{.*code="([^"]+)"/.exec(series) ?? [];
    if (code !== undefined && code !== 'none' && value > 0) refused.set(code, (refused.get(code) ?? 0) + value);
  }
  return refused;
}

/**
 * The power goes, and ClickHouse is back where it was some time ago: a disk that lied has lost what came since, though the checkpoint
 * says that it is stored. The spool still has it, and `odograph audit --repair` brings it.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { until } from '../support/waiting.ts';
import { atRest } from './at-rest.ts';
import { Doors } from './client/doors.ts';
import { identsOf, ReferenceFleet } from './client/fleet.ts';
import { judge } from './judge/judge.ts';
import { askLedger } from './judge/read-stores.ts';
import type { Verdict } from './judge/verdict.ts';

const TRACKERS = { teltonika: 3, udp: 2, mqtt: 2, astra: 1, http: 2 };
const FRAMES = 12;
const MAIN = join(import.meta.dirname, '../../src/main.ts');

const root = mkdtempSync(join(tmpdir(), 'odograph-power-cut-'));
const dataDir = join(root, 'data');
const tables = join(dataDir, 'clickhouse/tables');
let gateway: GatewayProcess | null = null;
afterAll(async () => {
  await gateway?.kill();
  removeFolder(root);
});

/** Runs the command, and gives its exit code. */
function audit(...words: string[]): Promise<{ code: number; said: string }> {
  const all = ['--disable-warning=ExperimentalWarning', MAIN, 'audit', '--data-dir', dataDir, '--json', ...words];
  return new Promise((resolve) => {
    execFile(process.execPath, all, (error, out, err) => resolve({ code: Number(error?.code ?? 0), said: out + err }));
  });
}

it('is repaired from the spool, whatever of ClickHouse was lost: records, quarantine and journal', async () => {
  const doors = await Doors.choose(identsOf('mqtt', TRACKERS.mqtt));
  const start = () => GatewayProcess.start({ dataDir, settings: [...doors.settings, 'clickhouse.batchAgeMs=50'] });
  gateway = await start();
  await doors.openPush(gateway, dataDir);
  const startsAt = Date.UTC(2026, 9, 1);
  const fleet = new ReferenceFleet(doors, {
    trackers: TRACKERS,
    startsAt,
    recordsPerFrame: 3,
    pauseMs: 10,
    quarantineEvery: 5,
  });
  const told = (frames: number) => {
    const enough = () => fleet.trackers.every(({ framesAcknowledged }) => framesAcknowledged >= frames);
    return until(`every tracker was told of ${frames} frames`, enough, 60_000);
  };
  fleet.start();
  await told(FRAMES);
  // Killed, so that the copy is of files that nobody writes: the state that the power cut will bring back.
  await gateway.kill();
  cpSync(tables, join(root, 'earlier'), { recursive: true });
  gateway = await start();
  await told(2 * FRAMES);
  await fleet.finish(60_000);
  await atRest(gateway);
  const judged = async (): Promise<Verdict> => {
    const running = gateway as GatewayProcess;
    const ask = <Row>(sql: string): Promise<Row[]> => running.query<Row>(sql);
    const ledger = await askLedger(dataDir);
    return judge({ memories: fleet.memories, ask, metrics: await running.metrics(), ledger, told: fleet.told });
  };
  const whole = await judged();
  expect(whole.examples).toEqual([]);

  await gateway.kill();
  rmSync(tables, { recursive: true });
  cpSync(join(root, 'earlier'), tables, { recursive: true });
  gateway = await start();
  await atRest(gateway);
  const { findings } = await judged();
  expect(findings.lost).toBeGreaterThan(10 * FRAMES);
  expect((await audit()).code).toBe(1);

  await audit('--repair');
  expect(await audit()).toMatchObject({ code: 0 });
  const repaired = await judged();
  // The repair calls a frame stored that the gateway had told for a resend: there the journal and the ledger divide otherwise, and its rows
  // lie behind what came after the first ones, until a merge takes them away.
  expect(repaired.findings).toMatchObject({ lost: 0, duplicated: 0, altered: 0, invented: 0 });
  expect(repaired.acknowledged).toBe(whole.acknowledged);
  expect(repaired.quarantined).toBe(whole.quarantined);
});

/**
 * Where a gateway's computing time goes: `npm run bench:flame -- lone` (a record a frame) or `-- tens` (ten of them).
 *
 * A whole gateway with embedded ClickHouse takes frames from a thousand registered trackers, each with one frame in flight, in a process of
 * its own. Once all are connected and have sent enough to be known, the main thread is profiled. What leaves: a flame graph
 * (`docs/performance/flame-lone.svg`, or in the folder given behind it), a table by folder, and the computing time of all threads.
 * Rates depend on what else the machine does; the time a frame costs much less so.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { providerTable } from '../src/providers/table.ts';
import { GatewayProcess } from '../src/simulate/gateway-process.ts';
import { registerTracker } from '../src/store/register.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { callsOf, foldersOf, type CpuProfile } from './flame/cpu-profile.ts';
import { cpuTimeOf } from './flame/cpu-time.ts';
import { flameSvg } from './flame/flame-svg.ts';
import { imeiOf } from './flame/imei.ts';

const ROOT = join(import.meta.dirname, '..');
const CONNECTIONS = 1_000;
/** Records of each tracker before measuring: by then all are connected, and the code is compiled. */
const WARM_UP_RECORDS = 60;
const MEASURE_MS = Number(process.env['FLAME_MS'] ?? 8_000);

const [mode = 'lone', folder = join(ROOT, 'docs/performance'), main] = process.argv.slice(2);
if (mode !== 'lone' && mode !== 'tens') throw new Error('say lone or tens');
const records = mode === 'tens' ? 10 : 1;
const isProfiled = folder !== '-';

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-flame-'));
const profileFile = join(dataDir, 'gateway.cpuprofile');
await register(join(dataDir, 'odograph.sqlite'));
process.env['GATEWAY_PROFILE'] = profileFile;
const gateway = await GatewayProcess.start({
  dataDir,
  nodeArguments: isProfiled ? ['--import', join(import.meta.dirname, 'flame/profiler.ts')] : [],
  ...(main === undefined ? {} : { main }),
});
await gateway.query('SELECT 1');
const child = join(import.meta.dirname, 'flame/fleet-child.ts');
const fleet = spawn(process.execPath, [child, String(gateway.port), String(CONNECTIONS), String(records)], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: fleet.stdout })[Symbol.asyncIterator]();
await answers.next();
while ((await acknowledged()) * records < CONNECTIONS * WARM_UP_RECORDS) await pause(200);

const before = {
  frames: await acknowledged(),
  ...cpuTimeOf(gateway.pid),
  at: performance.now(),
  metrics: await gateway.metrics(),
};
await pause(MEASURE_MS);
const after = {
  frames: await acknowledged(),
  ...cpuTimeOf(gateway.pid),
  at: performance.now(),
  metrics: await gateway.metrics(),
};
summarise();
if (isProfiled) report(await profile());
fleet.kill();
await gateway.kill();
rmSync(dataDir, { recursive: true, force: true });
process.exit(0);

async function register(file: string): Promise<void> {
  const store = openSqliteStore(file);
  for (let i = 0; i < CONNECTIONS; i++) {
    const imei = imeiOf(i);
    const objectId = { serial_number: imei, make: 'Simulated', model: 'bench' };
    const request = {
      trackerId: imei,
      provider: 'targa',
      type: 'canbus',
      vehicleType: 'car',
      foreignTrackerId: null,
      objectId,
    };
    await registerTracker(store, providerTable(), request, Date.now);
  }
  store.close();
}

async function acknowledged(): Promise<number> {
  fleet.stdin.write('\n');
  return Number((await answers.next()).value);
}

/** Profiles the main thread for as long as the measuring took. */
async function profile(): Promise<CpuProfile> {
  gateway.signal('SIGUSR2');
  await pause(MEASURE_MS);
  gateway.signal('SIGUSR2');
  while (!existsSync(profileFile)) await pause(100);
  return JSON.parse(readFileSync(profileFile, 'utf8')) as CpuProfile;
}

function report(found: CpuProfile): void {
  const all = callsOf(found, ROOT);
  const file = join(folder, `flame-${mode}.svg`);
  const title = `Main thread of a gateway under load, ${records === 1 ? 'one record' : 'ten records'} a frame, Node ${process.version}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, flameSvg(all, title));
  console.log(`\n${file}\n`);
  console.log('folder                             own code   runtime and system calls for it');
  for (const { folder: name, self, runtime } of foldersOf(all)) {
    const [own, other] = [self, runtime].map((time) => ((time / all.total) * 100).toFixed(1).padStart(6));
    if (self + runtime > all.total / 500) console.log(`${name.padEnd(34)} ${own} %   ${other} %`);
  }
}

function summarise(): void {
  const frames = after.frames - before.frames;
  const us = (seconds: number) => ((seconds * 1e6) / frames).toFixed(1);
  const user = after.all.user - before.all.user;
  const system = after.all.system - before.all.system;
  const grown = (name: string) => (after.metrics.get(name) ?? 0) - (before.metrics.get(name) ?? 0);
  const perSecond = (frames / (after.at - before.at)) * 1_000;
  console.log(
    `${perSecond.toFixed(0)} frames/s acknowledged, ${(frames / grown('odograph_spool_syncs_total')).toFixed(0)} a sync`,
  );
  console.log(`${us(user + system)} us of CPU a frame (${us(user)} user, ${us(system)} kernel), all threads of the gateway`);
  console.log(`${(((user + system) * 1e6) / frames / records).toFixed(2)} us of CPU a record`);
  const names = [...after.threads].map(([name, time]) => `${name} ${us(time - (before.threads.get(name) ?? 0))}`);
  console.log(`by thread: ${names.join(', ')}`);
  const memory = after.metrics.get('odograph_process_resident_memory_bytes') ?? 0;
  console.log(
    `${(memory / 1e6).toFixed(0)} MB resident, ${after.metrics.get('odograph_spool_waiting_frames')} frames wait for ClickHouse`,
  );
}

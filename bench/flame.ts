/**
 * Where a gateway's computing time goes: `npm run bench:flame -- lone` (Teltonika over TCP, a record a frame), `tens` (ten of them), `udp`,
 * `mqtt` or `http`.
 *
 * A whole gateway with embedded ClickHouse takes frames from registered trackers, each with one frame in flight, from a process of
 * its own. Once all are connected and have sent enough to be known, the main thread is profiled. What leaves: a flame graph
 * (`docs/performance/flame-lone.svg`, or in the folder given behind it), tables by folder and by function, and the computing time of all
 * threads. Rates depend on what else the machine does; the time a frame costs much less so.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayUnderLoad } from './e2e/gateway-under-load.ts';
import { callsOf, foldersOf, functionsOf, type CpuProfile } from './flame/cpu-profile.ts';
import { flameSvg } from './flame/flame-svg.ts';
import { PROFILER_ARGUMENTS, profileInto, profileOf } from './flame/profiled-gateway.ts';
import { cpuTimeOf } from './load/cpu-time.ts';
import { LoadGenerator } from './load/load-generator.ts';

const ROOT = join(import.meta.dirname, '..');
const MODES = {
  lone: { transport: 'tcp', connections: 1_000, recordsPerFrame: 1, words: 'Teltonika over TCP, one record a frame' },
  tens: { transport: 'tcp', connections: 1_000, recordsPerFrame: 10, words: 'Teltonika over TCP, ten records a frame' },
  udp: { transport: 'udp', connections: 1_000, recordsPerFrame: 1, words: 'Teltonika over UDP, one record a datagram' },
  mqtt: { transport: 'mqtt', connections: 1_000, recordsPerFrame: 1, words: 'MQTT with QoS 1, one record a message' },
  http: { transport: 'http', connections: 200, recordsPerFrame: 1, words: 'CloudEvents pushed over HTTP, one a request' },
} as const;
/** Records of each tracker before measuring: by then all are connected, and the code is compiled. */
const WARM_UP_RECORDS = 60;
const WARM_UP = { warmUpMs: 0, measureMs: 1_000, framesPerSecond: null };
const MEASURE_MS = Number(process.env['FLAME_MS'] ?? 8_000);
const SPELL = { warmUpMs: 500, measureMs: MEASURE_MS, framesPerSecond: null };
const FUNCTIONS = 25;

const [mode = 'lone', folder = join(ROOT, 'docs/performance'), main] = process.argv.slice(2);
if (!Object.hasOwn(MODES, mode)) throw new Error(`say one of ${Object.keys(MODES).join(', ')}`);
const { words, ...load } = MODES[mode as keyof typeof MODES];
const isProfiled = folder !== '-';

const directory = mkdtempSync(join(tmpdir(), 'odograph-flame-'));
const profileFile = join(directory, 'gateway.cpuprofile');
profileInto(profileFile);
const underLoad = await GatewayUnderLoad.start({
  dataDir: join(directory, 'data'),
  transport: load.transport,
  devices: load.connections,
  nodeArguments: isProfiled ? PROFILER_ARGUMENTS : [],
  ...(main === undefined ? {} : { main }),
});
const { gateway } = underLoad;
try {
  const generator = await LoadGenerator.open({ ...load, ...underLoad.target });
  for (let records = 0; records < load.connections * WARM_UP_RECORDS;) {
    records += (await generator.run(WARM_UP)).frames * load.recordsPerFrame;
  }
  await summarise(generator);
  if (isProfiled) {
    // Both begin with nothing left to store, or they would not see the same.
    await underLoad.stored();
    const spell = generator.run({ ...SPELL, measureMs: MEASURE_MS + 1_000 });
    report(await profileOf(gateway, profileFile, MEASURE_MS));
    await spell;
  }
  generator.close();
} finally {
  await underLoad.kill();
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0);

function report(found: CpuProfile): void {
  const all = callsOf(found, ROOT);
  const file = join(folder, `flame-${mode}.svg`);
  const title = `Main thread of a gateway under load, ${words}, Node ${process.version}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, flameSvg(all, title));
  const { longest, p99 } = found.blocksMs;
  console.log(`event loop blocked for ${longest.toFixed(1)} ms at longest, p99 ${p99.toFixed(1)} ms`);
  const percent = (time: number): string => `${((time / all.total) * 100).toFixed(1).padStart(6)} %`;
  console.log(`\n${file}\n`);
  console.log('folder                             own code   runtime and system calls for it');
  for (const { folder: name, self, runtime } of foldersOf(all)) {
    if (self + runtime > all.total / 500) console.log(`${name.padEnd(34)} ${percent(self)}   ${percent(runtime)}`);
  }
  console.log('\nfunctions that took most themselves');
  for (const [name, self] of functionsOf(all).slice(0, FUNCTIONS)) console.log(`${percent(self)} ${name}`);
}

async function stand() {
  return { ...cpuTimeOf(gateway.pid), metrics: await gateway.metrics() };
}

async function summarise(generator: LoadGenerator): Promise<void> {
  const ends: [ReturnType<typeof stand>, ReturnType<typeof stand>] = [stand(), stand()];
  const spell = await generator.run(
    SPELL,
    () => void (ends[0] = stand()),
    () => void (ends[1] = stand()),
  );
  const [before, after] = await Promise.all(ends);
  const { frames } = spell;
  const us = (seconds: number) => ((seconds * 1e6) / frames).toFixed(1);
  const user = after.all.user - before.all.user;
  const system = after.all.system - before.all.system;
  const grown = (name: string) => (after.metrics.get(name) ?? 0) - (before.metrics.get(name) ?? 0);
  console.log(
    `${spell.framesPerSecond.toFixed(0)} frames/s acknowledged, ${(frames / grown('odograph_spool_syncs_total')).toFixed(0)} a sync`,
  );
  console.log(`${us(user + system)} us of CPU a frame (${us(user)} user, ${us(system)} kernel), all threads of the gateway`);
  console.log(`${(((user + system) * 1e6) / frames / load.recordsPerFrame).toFixed(2)} us of CPU a record`);
  const names = [...after.threads].map(([name, time]) => `${name} ${us(time - (before.threads.get(name) ?? 0))}`);
  console.log(`by thread: ${names.join(', ')}`);
  const memory = after.metrics.get('odograph_process_resident_memory_bytes') ?? 0;
  console.log(
    `${(memory / 1e6).toFixed(0)} MB resident, ${after.metrics.get('odograph_spool_waiting_frames')} frames wait for ClickHouse`,
  );
}

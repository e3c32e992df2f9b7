/** Runs one gateway for a long time at half of what it can take, watches its memory, and has the judge look at all of it. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayProcess } from '../../../src/simulate/gateway-process.ts';
import { removeFolder } from '../../support/remove-folder.ts';
import { atRest } from '../at-rest.ts';
import { Doors } from '../client/doors.ts';
import { identsOf } from '../client/fleet.ts';
import { OverStream, teltonikaLanguage } from '../client/over-stream.ts';
import { laneScript, type ScriptedRecord } from '../client/script.ts';
import { ReferenceTracker } from '../client/tracker.ts';
import { judgeLedger } from '../judge/judge-ledger.ts';
import { judgeTracker } from '../judge/judge-tracker.ts';
import { readJournal, readLedger, readTracker } from '../judge/read-stores.ts';
import { Verdict } from '../judge/verdict.ts';

export interface SoakOptions {
  /** At half the capacity, after that was measured. */
  seconds: number;
  trackers: number;
  recordsPerFrame: number;
  /** Gets a line of JSON for each sample of the memory. */
  samplesFile?: string;
  onWord: (word: string) => void;
}

/** Memory of a gateway, MB. */
export interface MemorySample {
  seconds: number;
  rssMb: number;
  heapMb: number;
  externalMb: number;
  /** Of the embedded engine, a process of its own; 0 where it was not found. */
  engineMb: number;
  frames: number;
}

export interface SoakRun {
  verdict: Verdict;
  /** Frames a second that were acknowledged while every tracker sent without a pause. */
  capacity: number;
  /** Frames acknowledged in the time of the soak. */
  frames: number;
  samples: readonly MemorySample[];
}

const CAPACITY_WARM_UP_MS = 15_000;
const CAPACITY_MS = 30_000;
const SAMPLE_EVERY_MS = 10_000;
const AT_REST_WITHIN_MS = 300_000;
const MB = 1e6;

export async function soak(options: SoakOptions): Promise<SoakRun> {
  const { seconds, trackers: count, recordsPerFrame, onWord } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'odograph-soak-'));
  const doors = await Doors.choose(identsOf('mqtt', 1));
  const gateway = await GatewayProcess.start({ dataDir, settings: doors.settings });
  const pace = new Pace();
  const startsAt = Date.UTC(2026, 9, 1);
  const trackers = identsOf('teltonika', count).map((ident, lane) => {
    const carrier = new OverStream(teltonikaLanguage(ident), { port: doors.ports.tcp });
    const script = laneScript(ident, lane, startsAt);
    return new ReferenceTracker({ script, carrier, recordsPerFrame, pauseMs: pace.turn(), remembers: false });
  });
  try {
    const acknowledged = (): number => trackers.reduce((sum, { framesAcknowledged }) => sum + framesAcknowledged, 0);
    for (const tracker of trackers) tracker.start();
    await pause(CAPACITY_WARM_UP_MS);
    const before = acknowledged();
    const beganAt = performance.now();
    await pause(CAPACITY_MS);
    const capacity = ((acknowledged() - before) / (performance.now() - beganAt)) * 1_000;
    onWord(`capacity ${capacity.toFixed(0)} frames/s of ${recordsPerFrame} records, each acknowledged after its sync`);
    pace.set((count / (capacity / 2)) * 1_000);
    const first = acknowledged();
    const samples = await watch(gateway, dataDir, options, () => acknowledged() - first);
    const frames = acknowledged() - first;
    for (const tracker of trackers) await tracker.finish(AT_REST_WITHIN_MS);
    await atRest(gateway, AT_REST_WITHIN_MS);
    onWord(`${frames} frames in ${seconds} s; the judge reads them all`);
    const verdict = await judgeSoak(gateway, trackers);
    return { verdict, capacity, frames, samples };
  } finally {
    for (const { carrier } of trackers) carrier.leave();
    await gateway.kill();
    removeFolder(dataDir);
  }
}

/** Says to each tracker when its next frame is due: in the given time after the one before was, or at once where that is past. */
class Pace {
  #everyMs = 0;

  set(everyMs: number): void {
    this.#everyMs = everyMs;
  }

  turn(): () => number {
    let dueAt = 0;
    return () => {
      if (this.#everyMs === 0) return 0;
      const now = performance.now();
      dueAt = dueAt === 0 ? now + Math.random() * this.#everyMs : Math.max(dueAt + this.#everyMs, now - this.#everyMs * 10);
      return dueAt - now;
    };
  }
}

async function watch(
  gateway: GatewayProcess,
  dataDir: string,
  options: SoakOptions,
  frames: () => number,
): Promise<MemorySample[]> {
  const { seconds, samplesFile, onWord } = options;
  const samples: MemorySample[] = [];
  const beganAt = performance.now();
  for (let n = 1; n * SAMPLE_EVERY_MS <= seconds * 1_000; n++) {
    await pause(Math.max(0, beganAt + n * SAMPLE_EVERY_MS - performance.now()));
    const metrics = await gateway.metrics();
    const mb = (name: string): number => (metrics.get(name) ?? Number.NaN) / MB;
    const sample: MemorySample = {
      seconds: (performance.now() - beganAt) / 1_000,
      rssMb: mb('odograph_process_resident_memory_bytes'),
      heapMb: mb('odograph_nodejs_heap_size_used_bytes'),
      externalMb: mb('odograph_nodejs_external_memory_bytes'),
      engineMb: engineMb(dataDir),
      frames: frames(),
    };
    samples.push(sample);
    if (samplesFile !== undefined) appendFileSync(samplesFile, `${JSON.stringify(sample)}\n`);
    if (n % 30 === 0) onWord(`${sample.seconds.toFixed(0)} s: ${sample.rssMb.toFixed(0)} MB, ${sample.frames} frames`);
  }
  return samples;
}

async function judgeSoak(gateway: GatewayProcess, trackers: readonly ReferenceTracker[]): Promise<Verdict> {
  const verdict = new Verdict();
  const ask = <Row>(sql: string): Promise<Row[]> => gateway.query<Row>(sql);
  let frames = 0;
  for (const { script, recordsAcknowledged, framesAcknowledged } of trackers) {
    frames += framesAcknowledged;
    const acknowledged = scripted(recordsAcknowledged, (number) => script.record(number));
    judgeTracker(verdict, { ident: script.ident, acknowledged, possible: [] }, await readTracker(ask, script.ident), new Set());
  }
  const told = [{ listener: 'stream', protocol: 'teltonika', frames }];
  judgeLedger(verdict, readLedger(await gateway.metrics()), await readJournal(ask), told);
  return verdict;
}

function* scripted(count: number, record: (number: number) => ScriptedRecord): Generator<ScriptedRecord> {
  for (let number = 0; number < count; number++) yield record(number);
}

/** Memory of the engine that works on a folder, as the operating system counts it. */
function engineMb(dataDir: string): number {
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (!words.includes('embedded/child.ts') || !words.includes(dataDir)) continue;
      const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8')) ?? [];
      return (Number(kilobytes) * 1_024) / MB;
    } catch {
      // It ended while it was looked at.
    }
  }
  return 0;
}

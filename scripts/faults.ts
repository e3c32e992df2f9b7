/**
 * Runs one suite of the fault suite for as long as it is told, and keeps the result in `docs/reliability/`:
 *
 *     npm run faults -- kills [--rounds 300] [--migrations 6] [--seed 7] [--plain]
 *     npm run faults -- fronts [--rounds 300] [--seed 7]
 *     npm run faults -- soak [--seconds 3600] [--trackers 50]
 *
 * `--plain` starts the gateway from its sources and not from a bundle of them. `--keep-in FILE` keeps the result elsewhere. Exits 1
 * where the judge found anything.
 */
import { parseArgs } from 'node:util';
import { bundle } from '../test/faults/kill/bundle.ts';
import { killFronts } from '../test/faults/kill/front-rounds.ts';
import type { Death, KillRun } from '../test/faults/kill/points.ts';
import { killRounds } from '../test/faults/kill/rounds.ts';
import type { FaultResult, SuiteName } from '../test/faults/result.ts';
import { keepResult, presentCommit } from '../test/faults/results.ts';
import { slopePerHour, type Sample } from '../test/faults/soak/slope.ts';
import { soak } from '../test/faults/soak/soak.ts';

type Measured = Pick<FaultResult, 'counts' | 'acknowledged' | 'findings' | 'notes'>;

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '300' },
    migrations: { type: 'string', default: '6' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 0x7fff_ffff)) },
    plain: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '3600' },
    trackers: { type: 'string', default: '50' },
    'keep-in': { type: 'string' },
  },
});
const seed = Number(flags.seed);

const say = (word: string): void => console.log(`${new Date().toISOString()} ${word}`);

const onRound = (number: number, death: Death): void => say(`round ${number}: ${death}`);

async function runKills(): Promise<Measured> {
  say(`seed ${seed}`);
  const main = flags.plain ? {} : { main: await bundle('gateway') };
  const run = await killRounds({ seed, rounds: Number(flags.rounds), migrations: Number(flags.migrations), onRound, ...main });
  return measuredOf(run, 'Runs of `kills` kill whole gateways, and the engine they store into.');
}

async function runFronts(): Promise<Measured> {
  say(`seed ${seed}`);
  const run = await killFronts({ seed, rounds: Number(flags.rounds), main: await bundle('front'), onRound });
  return measuredOf(
    run,
    'Runs of `fronts` kill listeners, sessions and spool alone; a whole gateway then stores what they took.',
  );
}

function measuredOf({ verdict, deaths, frames, resends }: KillRun, note: string): Measured {
  for (const { kind, where, what } of verdict.examples) say(`${kind}: ${where}: ${what}`);
  const kills = [...deaths].filter(([death]) => death !== 'SIGTERM').reduce((sum, [, count]) => sum + count, 0);
  const byDeath = [...deaths].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const counts = {
    kills,
    ...Object.fromEntries(byDeath),
    frames,
    'tries without an acknowledgement': resends,
    'frames in quarantine': verdict.quarantined,
  };
  return { counts, acknowledged: verdict.acknowledged, findings: verdict.findings, notes: [note] };
}

async function runSoak(): Promise<Measured> {
  const seconds = Number(flags.seconds);
  const [trackers, recordsPerFrame] = [Number(flags.trackers), 5];
  const samplesFile = `.tmp/soak-${Date.now()}.jsonl`;
  const { verdict, capacity, frames, samples } = await soak({ seconds, trackers, recordsPerFrame, samplesFile, onWord: say });
  for (const { kind, where, what } of verdict.examples) say(`${kind}: ${where}: ${what}`);
  const warmUp = seconds / 4;
  const late = samples.filter((sample) => sample.seconds >= warmUp);
  const slope = (of: 'rssMb' | 'heapMb' | 'externalMb' | 'engineMb'): number => {
    return round(slopePerHour(late.map((sample): Sample => ({ seconds: sample.seconds, value: sample[of] }))));
  };
  const mean = (of: 'rssMb' | 'heapMb'): number => round(late.reduce((sum, sample) => sum + sample[of], 0) / late.length);
  const counts = {
    seconds,
    trackers,
    'capacity, frames/s': round(capacity),
    'sent, frames/s': round(frames / seconds),
    frames,
    'resident memory, MB': mean('rssMb'),
    'heap used, MB': mean('heapMb'),
    'slope of resident memory, MB/h': slope('rssMb'),
    'slope of heap used, MB/h': slope('heapMb'),
    'slope of external memory, MB/h': slope('externalMb'),
    "slope of the engine's resident memory, MB/h": slope('engineMb'),
  };
  const notes = [
    `The capacity was measured right before, in a closed loop: ${trackers} trackers over TCP sent their next frame of ${recordsPerFrame} records when the last was acknowledged, which is after its sync. Trackers, gateway and ClickHouse shared the machine with other work.`,
    `Each slope is that of the least-squares line through samples taken every 10 s, the first ${round(warmUp)} s left out.`,
  ];
  return { counts, acknowledged: verdict.acknowledged, findings: verdict.findings, notes };
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

const RUNS: Readonly<Partial<Record<string, { suite: SuiteName; run: () => Promise<Measured>; words: string }>>> = {
  kills: {
    suite: 'kills',
    run: runKills,
    words: `--rounds ${flags.rounds} --migrations ${flags.migrations} --seed ${seed}${flags.plain ? ' --plain' : ''}`,
  },
  fronts: { suite: 'kills', run: runFronts, words: `--rounds ${flags.rounds} --seed ${seed}` },
  soak: { suite: 'soak', run: runSoak, words: `--seconds ${flags.seconds} --trackers ${flags.trackers}` },
};

const word = positionals[0] ?? '';
const chosen = RUNS[word];
if (chosen === undefined) throw new Error(`say what to run: ${Object.keys(RUNS).join(', ')}`);
const startedAt = new Date();
const commit = presentCommit();
const measured = await chosen.run();
const result = {
  suite: chosen.suite,
  command: `npm run faults -- ${word} ${chosen.words}`,
  seed: word === 'soak' ? null : seed,
  startedAt,
  ...measured,
};
keepResult(result, commit, flags['keep-in']);
say(JSON.stringify(result));
process.exit(Object.values(measured.findings).every((count) => count === 0) ? 0 : 1);

/**
 * What it costs the hot path that a decode can be explained: `node bench/explain.ts [<commit>]`.
 *
 * The decode of today, without a trace, against that of the last commit before there were traces (or the one given), both in one
 * process and in turns, so that the machine's other work falls on both alike. Then the same after explanations have been made in
 * this process, which must not spoil the compiled code. Each ratio is the median over the rounds: 1.00 is "costs nothing".
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CODECS } from '#protocols/all';
import { newSession, type Codec } from '#protocols/codec';
import { loadGoldens, type Golden } from '../protocols/conformance/golden.ts';
import { explainFrame } from '../src/dissect/explain-piece.ts';

const ROOT = join(import.meta.dirname, '..');
const BEFORE_TRACES = 'fa8f502';
const ROUNDS = 101;
const ROUND_MS = 4;
const EXPLANATIONS = 2_000;

interface Case {
  codec: string;
  golden: string;
}

/** Frames as devices send them, of every codec. */
const CASES: readonly Case[] = [
  { codec: 'teltonika', golden: 'fmb-obd' },
  { codec: 'teltonika', golden: 'codec8-spec-1' },
  { codec: 'astra-telematics', golden: 'k-basic' },
  { codec: 'astra-telematics', golden: 'x-obd' },
  { codec: 'ruptela', golden: 'extended-obd' },
  { codec: 'can-frames', golden: 'can-j1939' },
];

/** The codecs of another commit, in a folder of their own. */
async function codecsOf(commit: string, folder: string): Promise<ReadonlyMap<string, Codec>> {
  mkdirSync(folder);
  const tree = execFileSync('git', ['archive', commit, 'package.json', 'protocols', 'src'], { cwd: ROOT, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x', '-C', folder], { input: tree });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const module = (await import(pathToFileURL(join(folder, 'protocols/all.ts')).href)) as {
    CODECS: ReadonlyMap<string, Codec>;
  };
  return module.CODECS;
}

function goldenOf({ codec, golden }: Case): Golden {
  const found = loadGoldens(join(ROOT, 'protocols', codec, 'golden')).find(({ name }) => name === golden);
  if (found === undefined) throw new Error(`${codec} has no golden ${golden}`);
  return found;
}

let used = 0;

/** Nanoseconds of processor time that a decode takes, over a round: what others do on the machine is not counted. */
function timeOf(codec: Codec, { bytes, context }: Golden, times: number): number {
  const session = { ...newSession('tcp'), ident: context.ident ?? '356307042441013', dialect: context.dialect };
  const startedAt = process.cpuUsage().user;
  for (let i = 0; i < times; i++) used += codec.decode(bytes, session).messages.length;
  return ((process.cpuUsage().user - startedAt) * 1_000) / times;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1] as number;
}

/** Median time of the first, and the median of its ratio to the second in neighbouring rounds. */
function compare(one: Codec, other: Codec, golden: Golden): { ns: number; ratio: number } {
  timeOf(other, golden, 5_000);
  const times = Math.max(100, Math.round((ROUND_MS * 1e6) / timeOf(one, golden, 5_000)));
  const ratios: number[] = [];
  const nanoseconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const isEven = round % 2 === 0;
    const first = timeOf(isEven ? one : other, golden, times);
    const second = timeOf(isEven ? other : one, golden, times);
    nanoseconds.push(isEven ? first : second);
    ratios.push(isEven ? first / second : second / first);
  }
  return { ns: median(nanoseconds), ratio: median(ratios) };
}

const folder = mkdtempSync(join(tmpdir(), 'odograph-before-'));
try {
  const commit = process.argv[2] ?? BEFORE_TRACES;
  const [before, again] = [await codecsOf(commit, join(folder, 'before')), await codecsOf(commit, join(folder, 'again'))];
  console.log(`decode without a trace, against ${commit}: median ratio of processor times in ${ROUNDS} rounds\n`);
  console.log('codec            golden         ns a frame  noise  ratio  after explaining  explained');
  for (const one of CASES) {
    const golden = goldenOf(one);
    const [now, then, twin] = [CODECS, before, again].map((codecs) => codecs.get(one.codec) as Codec) as [Codec, Codec, Codec];
    // The old code against itself: how far a ratio is from 1 by chance.
    const noise = compare(then, twin, golden);
    const cold = compare(now, then, golden);
    const startedAt = process.cpuUsage().user;
    for (let i = 0; i < EXPLANATIONS; i++) used += explainFrame(now, golden.bytes, golden.context, []).span.end;
    const explaining = ((process.cpuUsage().user - startedAt) * 1_000) / EXPLANATIONS;
    const warm = compare(now, then, golden);
    const ratios = [noise.ratio, cold.ratio].map((ratio) => ratio.toFixed(2).padStart(6));
    const cells = [one.codec.padEnd(16), one.golden.padEnd(14), cold.ns.toFixed(0).padStart(10), ...ratios];
    console.log(
      [...cells, warm.ratio.toFixed(2).padStart(17), `${(explaining / cold.ns).toFixed(0)} x`.padStart(10)].join(' '),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// What was computed is used, so that none of it can be left out.
if (used === 0) throw new Error('nothing was decoded');

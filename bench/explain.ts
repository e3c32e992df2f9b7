/**
 * What it costs the hot path that a decode can be explained: `node bench/explain.ts [--before <commit>] [--processes <n>] [<codec>…]`.
 *
 * The decode of today, without a trace, against that of the last commit before there were traces (or another that is named): both in one
 * process and in turns, so that the machine's other work falls on both alike, and by processor time. How the engine compiles them
 * differs from process to process by a few percent, so several are started, and the median of their medians is told, with the
 * least and the greatest. `control` is the old code against a second copy of itself: what a ratio is by chance. `after` is
 * today's against the old once more, when explanations have been made in the process, which must not spoil the compiled code.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { newSession, type Codec } from '#protocols/codec';
import { loadGoldens, type Golden } from '../protocols/conformance/golden.ts';
import type * as Explain from '../src/dissect/explain-piece.ts';
import { median } from './frame/statistics.ts';

const ROOT = join(import.meta.dirname, '..');
const BEFORE_TRACES = '8fd7849';
const PROCESSES = 9;
const ROUNDS = 41;
const ROUND_MS = 3;
const EXPLANATIONS = 1_000;
const WARM_UPS = 10;
const WARM_UP_FRAMES = 5_000;

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

type Explaining = Pick<typeof Explain, 'explainFrame'>;
type Codecs = ReadonlyMap<string, Codec>;

/** Puts the code as it stands into a folder of its own: of equals, what the bench itself has loaded would not be one. */
function copyPresent(folder: string): void {
  mkdirSync(folder);
  for (const name of ['package.json', 'protocols', 'src']) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

/** Puts the code of another commit into a folder of its own. */
function unpack(commit: string, folder: string): void {
  mkdirSync(folder);
  const tree = execFileSync('git', ['archive', commit, 'package.json', 'protocols', 'src'], { cwd: ROOT, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x', '-C', folder], { input: tree });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

function load<Module>(folder: string, file: string): Promise<Module> {
  return import(pathToFileURL(join(folder, file)).href) as Promise<Module>;
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

/** Runs all variants; often enough, the engine has compiled them as far as it will. */
function warmUp(variants: readonly Codec[], golden: Golden, times: number): void {
  for (let i = 0; i < times; i++) for (const codec of variants) timeOf(codec, golden, WARM_UP_FRAMES);
}

/** The median time of each variant, and of its ratio to the first one in the same round. All take turns, in every order. */
function compare(variants: readonly Codec[], golden: Golden): { ns: number[]; ratios: number[] } {
  warmUp(variants, golden, WARM_UPS);
  const times = Math.max(100, Math.round((ROUND_MS * 1e6) / timeOf(variants[0] as Codec, golden, WARM_UP_FRAMES)));
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const took = variants.map(() => 0);
    for (let turn = 0; turn < variants.length; turn++) {
      const index = (round + (round % 2 === 0 ? turn : variants.length - turn)) % variants.length;
      took[index] = timeOf(variants[index] as Codec, golden, times);
    }
    return took;
  });
  const medians = (of: (took: readonly number[], index: number) => number): number[] =>
    variants.map((_, index) => median(rounds.map((took) => of(took, index))));
  return {
    ns: medians((took, index) => took[index] as number),
    ratios: medians((took, index) => (took[index] as number) / (took[0] as number)),
  };
}

/** What one process found of one frame. */
interface Found {
  ns: number;
  control: number;
  now: number;
  after: number;
  /** How many decodes an explanation takes. */
  explained: number;
}

function casesOf(codecs: readonly string[]): readonly Case[] {
  return CASES.filter(({ codec }) => codecs.length === 0 || codecs.includes(codec));
}

/** The variants, as their folders are called. */
const VARIANTS = ['before', 'again', 'now'] as const;
const CONTROL = 1;
const NOW = 2;

/** Measures the codecs that are named, or all, in this process. What is loaded first depends on the process: it may matter. */
async function measure(folder: string, processNumber: number, named: readonly string[]): Promise<Found[]> {
  const loaded = new Map<string, Codecs>();
  for (let i = 0; i < VARIANTS.length; i++) {
    const variant = VARIANTS[(processNumber + i) % VARIANTS.length] as string;
    loaded.set(variant, (await load<{ CODECS: Codecs }>(join(folder, variant), 'protocols/all.ts')).CODECS);
  }
  const { explainFrame } = await load<Explaining>(join(folder, 'now'), 'src/dissect/explain-piece.ts');
  const variantsOf = ({ codec }: Case): Codec[] => VARIANTS.map((variant) => loaded.get(variant)?.get(codec) as Codec);
  // As in a gateway, whoever calls has called several codecs before: the engine cannot compile one of them into the caller.
  for (const one of CASES) warmUp(rotated(variantsOf(one), processNumber), goldenOf(one), 1);
  const cases = casesOf(named);
  const ratiosOf = (one: Case): { ns: number[]; ratios: number[] } => compare(variantsOf(one), goldenOf(one));
  const cold = cases.map(ratiosOf);
  const explained = cases.map((one) => {
    const { bytes, context } = goldenOf(one);
    const startedAt = process.cpuUsage().user;
    for (let i = 0; i < EXPLANATIONS; i++) used += explainFrame(variantsOf(one)[NOW] as Codec, bytes, context, []).span.end;
    return ((process.cpuUsage().user - startedAt) * 1_000) / EXPLANATIONS;
  });
  return cases.map((one, index) => {
    const { ns, ratios } = cold[index] as ReturnType<typeof compare>;
    const [nanoseconds, control, now] = [ns[NOW], ratios[CONTROL], ratios[NOW]] as [number, number, number];
    const after = ratiosOf(one).ratios[NOW] as number;
    return { ns: nanoseconds, control, now, after, explained: (explained[index] as number) / nanoseconds };
  });
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  return items.map((_, index) => items[(index + by) % items.length] as Item);
}

function spread(values: readonly number[]): string {
  const [least, greatest] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(2));
  return `${median(values).toFixed(3)} (${least}..${greatest})`.padEnd(20);
}

function report(commit: string, processes: number, named: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'odograph-before-'));
  try {
    for (const copy of ['before', 'again']) unpack(commit, join(folder, copy));
    copyPresent(join(folder, 'now'));
    const runs = Array.from({ length: processes }, (_, index) => {
      const child = [...process.execArgv, import.meta.filename, CHILD, folder, String(index), ...named];
      return JSON.parse(execFileSync(process.execPath, child, { encoding: 'utf8' })) as Found[];
    });
    console.log(
      `processor time of a decode without a trace, against ${commit}; median (least..greatest) of ${processes} processes\n`,
    );
    console.log(
      'codec            golden           ns  control              now                  after                explained',
    );
    for (const [index, { codec, golden }] of casesOf(named).entries()) {
      const found = runs.map((run) => run[index] as Found);
      const ratios = [found.map(({ control }) => control), found.map(({ now }) => now), found.map(({ after }) => after)].map(
        spread,
      );
      const ns = median(found.map((one) => one.ns))
        .toFixed(0)
        .padStart(6);
      const explained = `${median(found.map((one) => one.explained)).toFixed(0)} x`;
      console.log([codec.padEnd(16), golden.padEnd(13), ns, '', ...ratios, explained].join(' '));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const CHILD = '--measure';
const [first, folder = '', index, ...others] = process.argv.slice(2);
if (first === CHILD) {
  const found = await measure(folder, Number(index), others);
  // What was computed is used, so that none of it can be left out.
  if (used === 0) throw new Error('nothing was decoded');
  console.log(JSON.stringify(found));
} else {
  const options = {
    before: { type: 'string', default: BEFORE_TRACES },
    processes: { type: 'string', default: String(PROCESSES) },
  } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  report(values.before, Number(values.processes), positionals);
}

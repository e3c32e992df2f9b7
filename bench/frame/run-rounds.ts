/** Runs benches, each run in a process of its own, so that none warms or spoils what another measures. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Figure } from './bench.ts';
import type { FoundBench } from './find-benches.ts';
import { joinRuns, type Measured } from './measured.ts';

/**
 * Runs all benches once a round, so that what the machine does besides falls on all of them alike, and gives the figures of each
 * by its name. A bench that fails ends everything.
 */
export async function runRounds(
  benches: readonly FoundBench[],
  rounds: number,
  tell: (words: string) => void,
): Promise<Map<string, Measured[]>> {
  const runs = new Map<string, (readonly Figure[])[]>(benches.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const bench of benches) {
      tell(`${bench.name}, round ${round + 1} of ${rounds}`);
      runs.get(bench.name)?.push(await runOnce(bench, round));
    }
  }
  return new Map([...runs].map(([name, figures]) => [name, joinRuns(figures)]));
}

async function runOnce({ name, file, nodeFlags = [] }: FoundBench, round: number): Promise<readonly Figure[]> {
  const child = fork(join(import.meta.dirname, 'child.ts'), [file, name, String(round)], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...nodeFlags],
    // What a bench prints is for whoever waits: the figures alone go to the output.
    stdio: ['ignore', process.stderr, 'inherit', 'ipc'],
  });
  let figures: readonly Figure[] | null = null;
  child.once('message', (sent) => (figures = sent as readonly Figure[]));
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0 || figures === null) throw new Error(`${name} ended with ${signal ?? code} and without figures`);
  return figures;
}

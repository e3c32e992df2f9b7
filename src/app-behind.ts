/** Loading what a start needs only once its listeners take frames. */
import { setTimeout as pause } from 'node:timers/promises';

/** Time that devices have between two parts of a start, ms: enough for a login, a frame, its sync and its ack. */
const SERVING_MS = 20;

/** Loads a part that a start needs behind its listeners only. Loading holds up whoever has connected, who is served first. */
export async function behind<Part>(load: () => Promise<Part>): Promise<Part> {
  await pause(SERVING_MS);
  return load();
}

/** What a runner is made of. */
export type RunnerParts = Awaited<ReturnType<typeof runnerParts>>;

/** Loads it. */
export async function runnerParts() {
  const [{ Runner }, { readFrom }] = await Promise.all([import('./pipeline/runner.ts'), import('./pipeline/memory.ts')]);
  return { Runner, readFrom };
}

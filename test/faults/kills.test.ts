/** The bounded part of the kills: everything that can be killed, at every step, once and in an order of the seed. `npm run faults` goes on. */
import { expect, it } from 'vitest';
import { bundle } from './kill/bundle.ts';
import { killFronts } from './kill/front-rounds.ts';
import { LOAD_POINTS, MIGRATION_POINTS, type KillRun } from './kill/points.ts';
import { killRounds } from './kill/rounds.ts';

/** FAULTS_SEED=… runs the same deaths again. */
const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);
/** One deck: each step once, three deaths at random, one of the engine, one orderly end. */
const ROUNDS = LOAD_POINTS.length + 5;
const FRONTS = 20;

/** It was no easy life: much was acknowledged, and some frames had to be sent again. */
function wasHard({ verdict, resends, frames }: KillRun): void {
  expect(verdict.acknowledged).toBeGreaterThan(100);
  expect(verdict.quarantined).toBeGreaterThan(5);
  expect(resends).toBeGreaterThan(ROUNDS / 2);
  expect(frames).toBeGreaterThan(100);
}

it(`loses, doubles and alters nothing when gateways die at every step under load (seed ${seed})`, async () => {
  const run = await killRounds({ seed, rounds: ROUNDS, migrations: MIGRATION_POINTS.length, main: await bundle('gateway') });
  expect(run.verdict.examples).toEqual([]);
  wasHard(run);
  const deaths = [...run.deaths.keys()];
  // A step may be missed where its number does not come in time; not many are.
  expect(deaths.length).toBeGreaterThan(LOAD_POINTS.length);
  expect(deaths).toEqual(expect.arrayContaining([...MIGRATION_POINTS, 'at random', 'engine', 'SIGTERM']));
});

it(`loses, doubles and alters nothing when what takes frames in dies ${FRONTS} times (seed ${seed})`, async () => {
  const run = await killFronts({ seed, rounds: FRONTS, main: await bundle('front') });
  expect(run.verdict.examples).toEqual([]);
  wasHard(run);
});

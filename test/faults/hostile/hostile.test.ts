import { expect, it } from 'vitest';
import { hostileRun } from './hostile.ts';

const CONNECTIONS = 800;
const MIB = 2 ** 20;

it('loses nothing of the devices that mean well among hundreds that do not, and stays small', async () => {
  const run = await hostileRun({ connections: CONNECTIONS, atOnce: 200, seed: 20_261_126 });
  expect(run.verdict.examples).toEqual([]);
  expect(run.verdict.acknowledged).toBeGreaterThan(100);
  expect([...run.kinds.values()].reduce((sum, count) => sum + count, 0)).toBe(CONNECTIONS);
  // Each of the ways in was tried, and each refused what it must.
  for (const code of ['wire_unknown', 'listener_tls', 'session_malformed', 'session_credentials']) {
    expect([code, run.refused.get(code) ?? 0]).not.toEqual([code, 0]);
  }
  expect(run.peakBytes - run.restingBytes).toBeLessThan(256 * MIB);
  expect([run.invariantsBroken, run.exitCode]).toEqual([0, 0]);
}, 300_000);

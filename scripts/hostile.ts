/**
 * Has thousands of hostile connections come to a gateway, beside devices that mean well, and keeps the result in `docs/reliability/`:
 *
 *     npm run faults:hostile -- [--connections 50000] [--at-once 500] [--seed 7] [--keep-in result.jsonl]
 *
 * Exits 1 where a record that was acknowledged is not stored as it was sent, once, where the ledger does not balance, or where the
 * gateway named a bug of its own or did not end in order.
 */
import { parseArgs } from 'node:util';
import { hostileRun } from '../test/faults/hostile/hostile.ts';
import { keepResult, presentCommit } from '../test/faults/results.ts';

const { values: flags } = parseArgs({
  options: {
    connections: { type: 'string', default: '50000' },
    'at-once': { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 0x7fff_ffff)) },
    'keep-in': { type: 'string' },
  },
});
const [connections, atOnce, seed] = [Number(flags.connections), Number(flags['at-once']), Number(flags.seed)];
const MIB = 2 ** 20;
const commit = presentCommit();
const startedAt = new Date();
const say = (word: string): void => console.log(`${new Date().toISOString()} ${word}`);
const run = await hostileRun({ connections, atOnce, seed, onWord: say });
const { verdict, kinds, refused, restingBytes, peakBytes, processorSeconds, invariantsBroken, exitCode } = run;
for (const { kind, where, what } of verdict.examples) say(`${kind}: ${where}: ${what}`);
const byName = (counts: ReadonlyMap<string, number>): [string, number][] => [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
const result = {
  suite: 'hostile' as const,
  command: `npm run faults:hostile -- --connections ${connections} --at-once ${atOnce} --seed ${seed}`,
  seed,
  startedAt,
  counts: {
    connections,
    ...Object.fromEntries(byName(kinds)),
    ...Object.fromEntries(byName(refused).map(([code, count]) => [`ended for ${code}`, count])),
    'frames in quarantine': verdict.quarantined,
    'resident memory before, MiB': Math.round(restingBytes / MIB),
    'resident memory at most, MiB': Math.round(peakBytes / MIB),
    'processor time of the gateway, s': Math.round(processorSeconds),
    'bugs named': invariantsBroken,
  },
  acknowledged: verdict.acknowledged,
  findings: verdict.findings,
  notes: [
    'Fifteen devices over TCP, UDP, MQTT and HTTP sent all the while, from the same address; their records are the ones judged.',
    'Deadlines are a second, so that idle and dripping peers meet them within the run. What did not end for a reason left by itself.',
    'What was not let in never reached the gateway: Node takes one new connection of a port in a turn of its event loop, and where the queue of the port is full the kernel drops what knocks (ETIMEDOUT).',
  ],
};
keepResult(result, commit, flags['keep-in']);
say(JSON.stringify(result));
process.exitCode = verdict.isClean && invariantsBroken === 0 && exitCode === 0 ? 0 : 1;

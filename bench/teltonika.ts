/**
 * What a Teltonika frame costs: `node bench/teltonika.ts`. One record of 15 elements by Codec 8 Extended, 110 bytes on the
 * wire, split (checksum included) and decoded. The best of the rounds is told: what is above it is the machine's other work.
 */
import { newSession } from '#protocols/codec';
import { teltonika } from '../protocols/teltonika/index.ts';
import { teltonikaFrame } from './samples/teltonika.ts';

const ROUNDS = 15;
const FRAMES_A_ROUND = 200_000;

const frame = teltonikaFrame(1);
const session = { ...newSession('tcp'), ident: '356307042441013' };

function nanosecondsOf(work: () => number): number {
  let best = Number.POSITIVE_INFINITY;
  let used = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < FRAMES_A_ROUND; i++) used += work();
    best = Math.min(best, Number(process.hrtime.bigint() - startedAt) / FRAMES_A_ROUND);
  }
  // What was computed is used, so that none of it can be left out.
  if (used === 0) throw new Error('nothing was decoded');
  return best;
}

console.log(`${frame.length} bytes`);
console.log(`split   ${nanosecondsOf(() => teltonika.split(frame, 0, frame.length, session).kind.length).toFixed(0)} ns`);
console.log(`decode  ${nanosecondsOf(() => teltonika.decode(frame, session).messages.length).toFixed(0)} ns`);

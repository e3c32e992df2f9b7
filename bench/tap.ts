/**
 * `npm run bench:tap`: what listening in costs a session, for each frame of one record: without a tap, with one that nobody
 * listens to, and with a listener whose queue has room and one whose queue is full. The best of the rounds is told: what is
 * above it is the machine's other work.
 */
import type { Codec } from '#protocols/codec';
import { CODECS } from '#protocols/all';
import { encodeFrame, encodeLogin } from '../protocols/teltonika/encode.ts';
import { Tap } from '../src/capture/live/tap.ts';
import type { Journal } from '../src/session/journal.ts';
import { StreamSession } from '../src/session/stream-session.ts';
import type { SessionTap } from '../src/session/tap.ts';

const FRAMES = 200_000;
const ROUNDS = 15;
const limits = {
  loginDeadlineMs: 1e9,
  idleTimeoutMs: 1e9,
  frameDeadlineMs: 1e9,
  faultsBeforeClose: 8,
  refusedResendsBeforeAck: 3,
};
const fix = { lat: 40.4, lon: -3.7, valid: true, altitudeM: 650, speedKmh: 30, courseDeg: 90, satellites: 9 };
const frame = encodeFrame({
  codec: '8e',
  records: [
    {
      deviceTime: 1_750_000_000_000,
      fix,
      io: [
        [239, 1, 1],
        [66, 2, 13_600],
      ],
    },
  ],
});
const journal: Journal = {
  accepting: true,
  append: (_record, durable) => durable(),
  onAccepting: () => () => undefined,
};

/** Time for each frame, ns. */
function run(tap: SessionTap | null): number {
  const session = new StreamSession({
    id: 'a1',
    listener: 'trackers',
    transport: 'tcp',
    peerName: '203.0.113.9:40122',
    codecs: [CODECS.get('teltonika') as Codec],
    limits,
    journal,
    ledger: { received: () => undefined, refused: () => undefined },
    admits: () => true,
    now: Date.now,
    peer: { send: () => undefined, close: () => undefined },
    ...(tap === null ? {} : { tap }),
  });
  session.push(encodeLogin('356307042441013'));
  const began = performance.now();
  for (let i = 0; i < FRAMES; i++) session.push(frame);
  return ((performance.now() - began) * 1e6) / FRAMES;
}

const newTap = (waitingBytes: number) => new Tap({ now: Date.now, most: 1, waitingBytes, onLost: () => undefined });

function listened(waitingBytes: number): number {
  const tap = newTap(waitingBytes);
  const stream = tap.listen({ idents: [], peers: [], listeners: [] });
  const ns = run(tap);
  stream?.destroy();
  return ns;
}

const CASES: readonly (readonly [string, () => number])[] = [
  ['without a tap', () => run(null)],
  ['nobody listens', () => run(newTap(0))],
  ['queue with room', () => listened(2 ** 30)],
  ['queue is full', () => listened(10_000)],
];

const best = CASES.map(() => Infinity);
for (let round = 0; round < ROUNDS; round++) {
  // The order changes, so that none always follows the same.
  for (let i = 0; i < CASES.length; i++) {
    const at = (i + round) % CASES.length;
    const [, measure] = CASES[at] as (typeof CASES)[number];
    best[at] = Math.min(best[at] as number, measure());
  }
}
for (const [index, [name]] of CASES.entries()) {
  console.log(`${name.padEnd(16)} ${(best[index] as number).toFixed(0).padStart(6)} ns a frame`);
}

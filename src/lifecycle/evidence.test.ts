import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NormalisedMessage } from '#model/normalised';
import type { Tracker } from '#model/tracker';
import { judge, newEvidence, weigh, type Evidence } from './evidence.ts';
import { judgeMessage } from './judged.ts';
import { allRejections } from './rejections.ts';
import { EVIDENCE_RULES } from './rules.ts';
import { aMessage, aWaitingTracker, T0 } from './samples.ts';
import { move } from './transitions.ts';

const RULES = EVIDENCE_RULES;

/** Takes messages as the book does: weighs each, then moves the tracker as far as the evidence goes. */
function live(tracker: Tracker, messages: readonly NormalisedMessage[]): { tracker: Tracker; evidence: Evidence } {
  const evidence = newEvidence(tracker.validatedAt);
  for (const message of messages) {
    const judged = judgeMessage(message, RULES);
    const { verdict } = judged;
    if (verdict !== null && tracker.status !== 'connected') weigh(evidence, tracker, judged, verdict, RULES);
    for (;;) {
      const occasion = judge(tracker, evidence, message.receivedAt, RULES);
      if (occasion === null) break;
      const moved = move(tracker, occasion);
      if (moved.refusal !== null) throw new Error(moved.refusal.reason);
      ({ tracker } = moved);
    }
  }
  return { tracker, evidence };
}

/** A message so many seconds after the registration, so many metres from its place. */
function driving(seconds: number, metres: number): NormalisedMessage {
  return aMessage({ observedAt: T0 + seconds * 1_000 }, { lat: 40.4 + metres / 111_040 });
}

const drive = (metres: number): NormalisedMessage[] =>
  Array.from({ length: Math.floor(metres / 50) + 1 }, (_, i) => driving(i * 5, i * 50));

test('a tracker that drove far enough is connected, and its cause tells the metres', () => {
  const short = live(aWaitingTracker(), drive(450));
  expect(short.tracker.status).toBe('pending_for_data');
  const { tracker, evidence } = live(aWaitingTracker(), drive(600));
  expect(tracker.status).toBe('connected');
  const occasion = judge(aWaitingTracker(), evidence, T0, RULES);
  expect(occasion).toMatchObject({
    trigger: 'moved',
    cause: 'drove the 500 m needed',
  });
});

test('what was received before the registration does not count', () => {
  const tracker = aWaitingTracker({ registeredAt: T0 + 100_000, validatedAt: T0 + 100_000 });
  const { evidence } = live(tracker, drive(600));
  expect(evidence.distance.fixes).toEqual([]);
  expect(evidence.rejections.before_registration).toEqual({ count: 13, lastAt: T0 + 60_000, lastDetail: '40 s before' });
});

test('what was unloaded from memory after the registration counts, though it is older', () => {
  const backlog = drive(600).map((message) => ({ ...message, receivedAt: T0 + 90_000_000, backlog: true }));
  const { tracker } = live(aWaitingTracker({ registeredAt: T0 + 80_000_000, validatedAt: T0 + 80_000_000 }), backlog);
  expect(tracker.status).toBe('connected');
});

test('what comes before the validation does not count', () => {
  const pending = live(aWaitingTracker({ status: 'pending', validatedAt: null }), drive(600));
  expect(pending.tracker.status).toBe('pending');
  expect(pending.evidence.rejections.too_early).toMatchObject({ count: 13, lastDetail: 'the status was pending' });
  const { evidence } = live(aWaitingTracker({ validatedAt: T0 + 1_000 }), [driving(0, 0), driving(1, 5)]);
  expect(evidence.distance.fixes).toHaveLength(1);
});

/** Distinct messages that claim a fix at 0/0. */
const wrong = (count: number): NormalisedMessage[] =>
  Array.from({ length: count }, (_, i) => aMessage({ observedAt: T0 + i }, { lat: 0, lon: 0, distrust: 'null_island' }));

describe('erroneous data', () => {
  test('enough of it and nothing else is error_data', () => {
    expect(live(aWaitingTracker(), wrong(19)).tracker.status).toBe('pending_for_data');
    expect(live(aWaitingTracker(), wrong(20)).tracker.status).toBe('error_data');
  });

  test('the same erroneous message again is no more of it', () => {
    const [one] = wrong(1) as [NormalisedMessage];
    expect(
      live(
        aWaitingTracker(),
        Array.from({ length: 50 }, () => one),
      ).tracker.status,
    ).toBe('pending_for_data');
  });

  test('a usable fix ends it, also on the way to connected', () => {
    expect(live(aWaitingTracker(), [...wrong(20), driving(1, 0)]).tracker.status).toBe('pending_for_data');
    expect(live(aWaitingTracker(), [...wrong(20), ...drive(600)]).tracker).toMatchObject({ status: 'connected', revision: 6 });
    expect(live(aWaitingTracker(), [driving(1, 0), ...wrong(40)]).tracker.status).toBe('pending_for_data');
  });

  test('no signal is not erroneous', () => {
    const indoors = Array.from({ length: 50 }, () => aMessage({}, { valid: false }));
    const { tracker, evidence } = live(aWaitingTracker(), indoors);
    expect(tracker.status).toBe('pending_for_data');
    expect(evidence.rejections.invalid?.count).toBe(50);
  });
});

/** Six distinct erroneous messages occur: five are enough. Half of the drives reach the distance. */
const NEAR = { ...RULES, erroneousFixes: 5 };

function endOf(messages: readonly NormalisedMessage[]): { status: string; metres: number } {
  const evidence = newEvidence(T0);
  let tracker = aWaitingTracker();
  for (const message of messages) {
    const judged = judgeMessage(message, NEAR);
    const { verdict } = judged;
    if (verdict !== null && tracker.status !== 'connected') weigh(evidence, tracker, judged, verdict, NEAR);
    const occasion = judge(tracker, evidence, T0, NEAR);
    const moved = occasion === null ? null : move(tracker, occasion);
    if (moved !== null && moved.refusal === null) ({ tracker } = moved);
  }
  return { status: tracker.status, metres: evidence.distance.walk.metres };
}

test('the same data twice, late or out of order ends in the same status with the same metres', () => {
  const some = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
        .map(([s, tens]) => driving(s * 10, tens * 10)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...Array.from({ length: 6 }, () => aMessage({}, { lat: 95, distrust: 'out_of_range' }))),
    },
    { weight: 1, arbitrary: fc.constant(aMessage({}, { valid: false })) },
  );
  const both = fc
    .array(some, { maxLength: 14 })
    .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })));
  fc.assert(
    fc.property(both, ([all, shuffled]) => {
      expect(endOf(shuffled)).toEqual(endOf(all));
    }),
  );
});

test('refusals of fixes and of steps come together, the most frequent first', () => {
  const { evidence } = live(aWaitingTracker(), [
    driving(0, 0),
    driving(1, 3),
    driving(2, 4),
    driving(3, 90_000),
    driving(4_000, 90_100),
    aMessage({}, { valid: false }),
  ]);
  const counts = allRejections(evidence.rejections, evidence.distance).map(({ reason, count }) => [reason, count.count]);
  expect(counts).toEqual([
    ['jitter', 2],
    ['gap', 1],
    ['invalid', 1],
    ['too_fast', 1],
  ]);
});

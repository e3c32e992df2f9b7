/** The odometer that is heard while a tracker is being validated. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NormalisedMessage } from '#model/normalised';
import { newEvidence, noteOdometer } from './evidence.ts';
import { judgeMessage, type JudgedMessage } from './judged.ts';
import { EVIDENCE_RULES } from './rules.ts';
import { aMessage, aWaitingTracker, T0 } from './samples.ts';

const validating = aWaitingTracker({ status: 'pending_validation', statusAt: T0, validatedAt: null });
const judged = (message: NormalisedMessage): JudgedMessage => judgeMessage(message, EVIDENCE_RULES);
const reading = (km: number, observedAt: number, receivedAt = Math.max(T0, observedAt)): JudgedMessage =>
  judged(
    aMessage({ observedAt, receivedAt, signalKeys: ['position.gnss.pdop', 'odometer.total.value'], signalValues: [1, km] }),
  );

const noted = (from: readonly (readonly [number, number])[]) => {
  const evidence = newEvidence(null);
  for (const [seconds, km] of from) noteOdometer(evidence, validating, reading(km, T0 + seconds * 1_000, T0 + 99_000));
  return evidence.odometer;
};

describe('the odometer of a tracker that is being validated', () => {
  test('is noted with its times', () => {
    const evidence = newEvidence(null);
    expect(noteOdometer(evidence, validating, judged(aMessage()))).toBe(false);
    expect(noteOdometer(evidence, validating, reading(50_001, T0 - 9, T0))).toBe(true);
    expect(evidence.odometer).toEqual({ km: 50_001, observedAt: T0 - 9, receivedAt: T0 });
  });

  test('is the last one received as long as the begin of the validation is not known, and then one received since', () => {
    const evidence = newEvidence(null);
    const pending = { status: 'pending', statusAt: T0 - 90 } as const;
    noteOdometer(evidence, pending, reading(1, T0 - 20, T0 - 20));
    noteOdometer(evidence, pending, reading(2, T0 - 10, T0 - 10));
    expect(noteOdometer(evidence, pending, reading(3, T0 - 15, T0 - 15))).toBe(false);
    expect(evidence.odometer).toMatchObject({ km: 2 });
    expect(noteOdometer(evidence, validating, reading(4, T0 + 70, T0 + 70))).toBe(true);
    expect(noteOdometer(evidence, validating, reading(5, T0 - 1, T0 - 1))).toBe(false);
    expect(noteOdometer(evidence, validating, reading(6, T0 + 60, T0 + 80))).toBe(true);
    expect(evidence.odometer).toMatchObject({ km: 6 });
  });

  test('is of no interest once the tracker is validated', () => {
    const evidence = newEvidence(null);
    for (const status of ['pending_for_data', 'error_data', 'connected'] as const) {
      expect(noteOdometer(evidence, { status, statusAt: T0 }, reading(1, T0))).toBe(false);
    }
    expect(evidence.odometer).toBeNull();
  });

  test('is the one nearest to the begin, in whatever order and however often the readings come', () => {
    const readings = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 9 })), { minLength: 1 });
    const shuffled = readings.chain((of) =>
      fc.tuple(fc.constant(of), fc.shuffledSubarray([...of, ...of], { minLength: 2 * of.length })),
    );
    fc.assert(
      fc.property(shuffled, ([inOrder, anyhow]) => {
        expect(noted(anyhow)).toEqual(noted(inOrder));
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROVIDERS, VALIDATION_STATUSES, type ProviderName, type Tracker, type ValidationStatus } from '#model/tracker';
import { aWaitingTracker, T0 } from './samples.ts';
import { move, movesOf, registration, TRIGGERS, type Trigger } from './transitions.ts';

const ALL_TRIGGERS = Object.keys(TRIGGERS) as Trigger[];
const newTracker = (provider: ProviderName): Tracker =>
  aWaitingTracker({ provider, status: 'pending', validatedAt: null, revision: 1 });

/** Statuses only some providers have. */
const ONLY: Partial<Record<ValidationStatus, readonly ProviderName[]>> = {
  error_credentials: ['mercedes-benz', 'bmw', 'cartrack', 'silence', 'stellantis'],
  error_capability: ['bmw'],
  error_rejected: ['bmw'],
  error_revoke: ['bmw'],
  error_access: ['mercedes-benz'],
};

describe.each(PROVIDERS)('the trackers of %s', (provider) => {
  const moves = movesOf(provider);

  test('reach every status they have, and no other', () => {
    const reached = new Set<ValidationStatus>(['pending']);
    for (let size = 0; size !== reached.size;) {
      size = reached.size;
      for (const { from, to } of moves) if (from !== null && reached.has(from)) reached.add(to);
    }
    const theirs = VALIDATION_STATUSES.filter((status) => ONLY[status]?.includes(provider) ?? true);
    expect([...reached].sort()).toEqual([...theirs].sort());
  });

  test('can go on from every status but disconnected, and be disconnected from each', () => {
    for (const status of VALIDATION_STATUSES.filter((s) => ONLY[s]?.includes(provider) ?? true)) {
      const exits = moves.filter(({ from }) => from === status);
      const isFinal = status === 'disconnected';
      expect(exits.length === 0).toBe(isFinal);
      expect(exits.some(({ to }) => to === 'disconnected')).toBe(!isFinal);
    }
  });

  test('can still become connected from every status but disconnected', () => {
    const hopeful = new Set<ValidationStatus>(['connected']);
    for (let size = 0; size !== hopeful.size;) {
      size = hopeful.size;
      for (const { from, to } of moves) if (from !== null && hopeful.has(to)) hopeful.add(from);
    }
    const lost = moves.filter(({ to }) => !hopeful.has(to));
    expect(new Set(lost.map(({ to }) => to))).toEqual(new Set(['disconnected']));
  });

  test('have one answer to each trigger in each status', () => {
    const keys = moves.map(({ from, trigger }) => `${from}/${trigger}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('follow the table on every walk, and explain every step and every refusal', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ALL_TRIGGERS), { maxLength: 30 }), (triggers) => {
        let tracker = newTracker(provider);
        const history = [registration(tracker, 'registered')];
        for (const [i, trigger] of triggers.entries()) {
          const before = structuredClone(tracker);
          const allowed = moves.find((m) => m.from === tracker.status && m.trigger === trigger);
          const result = move(tracker, { trigger, cause: `cause ${i}`, at: T0 + i });
          expect(tracker).toEqual(before);
          const refusal = { reason: expect.stringContaining(`is ${tracker.status};`), code: 'lifecycle_illegal_transition' };
          expect(result).toMatchObject(
            allowed === undefined ? { refusal } : { refusal: null, tracker: { status: allowed.to } },
          );
          if (result.refusal !== null) continue;
          history.push(result.transition);
          ({ tracker } = result);
        }
        expect(history.map(({ number }) => number)).toEqual(history.map((_, i) => i + 1));
        expect(history.every(({ from }, i) => from === (history[i - 1]?.to ?? null))).toBe(true);
        expect(new Set(history.map(({ id }) => id)).size).toBe(history.length);
        expect(history.every(({ cause }) => cause !== '')).toBe(true);
        expect(history.at(-1)?.to).toBe(tracker.status);
      }),
    );
  });
});

test.each(PROVIDERS)(
  'a tracker of %s can be validated again from each of its errors, and only from there or from pending',
  (provider) => {
    const starts = movesOf(provider).filter(({ trigger }) => trigger === 'validate');
    const errors = VALIDATION_STATUSES.filter((s) => s.startsWith('error_') && (ONLY[s]?.includes(provider) ?? true));
    expect(new Set(starts.map(({ from }) => from))).toEqual(new Set(['pending', ...errors]));
  },
);

test('every published general transition is in the table of every provider', () => {
  const published = [
    ['pending', 'wrong_tracker_id'],
    ['wrong_tracker_id', 'pending'],
    ['pending', 'pending_for_data'],
    ['pending_for_data', 'error_data'],
    ['error_data', 'pending_for_data'],
    ['pending_for_data', 'connected'],
    ['pending', 'pending_validation'],
    ['pending_validation', 'pending_for_data'],
    ['pending_validation', 'error_validating'],
    ['error_validating', 'pending_validation'],
  ];
  for (const provider of PROVIDERS) {
    const pairs = movesOf(provider).map(({ from, to }) => [from, to]);
    for (const pair of published) expect(pairs).toContainEqual(pair);
  }
});

test('a refusal says where the tracker stands and from where the move is possible', () => {
  const result = move(aWaitingTracker({ status: 'connected' }), { trigger: 'validate', cause: 'asked', at: T0 });
  expect(result.refusal?.reason).toBe(
    'tracker WF0AXXWPMAJB43745 of targa is connected; "validate" (validation was started) moves only from pending, error_validating, error_data',
  );
  const never = move(aWaitingTracker(), { trigger: 'access_revoked', cause: 'asked', at: T0 });
  expect(never.refusal?.reason).toMatch(/never moves trackers of targa/);
});

test('evidence counts from the validation: succeeding sets its time, nothing else does', () => {
  const validated = move(newTracker('targa'), { trigger: 'validated', cause: 'ids are right', at: T0 + 5 });
  expect(validated).toMatchObject({ tracker: { validatedAt: T0 + 5, statusAt: T0 + 5 } });
  const cancelled = move(aWaitingTracker(), { trigger: 'cancel', cause: 'asked', at: T0 + 9 });
  expect(cancelled).toMatchObject({ tracker: { validatedAt: T0, statusAt: T0 + 9 } });
});

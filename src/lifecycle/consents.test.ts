import { describe, expect, test } from 'vitest';
import type { Consent } from '#model/consent';
import { PROVIDERS, VALIDATION_STATUSES, type ProviderName, type Tracker, type ValidationStatus } from '#model/tracker';
import { aTracker, T0 } from '../store/samples.ts';
import { occasionOf } from './consents.ts';
import { move, movesOf } from './transitions.ts';

const RULES = { services: { 'mercedes-benz': ['1001'] } };
const VALIDATED = T0 + 1_000;
const LATER = T0 + 60_000;

function tracker(provider: ProviderName, status: ValidationStatus): Tracker {
  return aTracker('1', { provider, type: 'oem', status, validatedAt: VALIDATED, statusAt: VALIDATED });
}
const consent = (fields: Partial<Consent> = {}): Consent => ({
  ident: 'VIN1',
  users: [],
  kind: 'withdrawn',
  scope: 'all',
  demands: 'stop',
  at: LATER,
  cause: 'the registration is DEREGISTERED',
  ...fields,
});
const hear = (of: Tracker, stated: Consent, receivedAt = LATER + 500) => occasionOf(of, stated, receivedAt, RULES);

describe('a withdrawal', () => {
  test('ends what was granted, by the rows of the provider, and nothing else', () => {
    const ended = PROVIDERS.flatMap((provider) =>
      VALIDATION_STATUSES.flatMap((status) => {
        const before = tracker(provider, status);
        const occasion = hear(before, consent());
        if (occasion === null) return [];
        const moved = move(before, occasion);
        return [`${provider} ${status} ${moved.refusal === null ? moved.tracker.status : 'refused'}`];
      }),
    );
    expect(ended.sort()).toEqual(
      ['connected', 'error_data', 'pending_for_data']
        .flatMap((status) => [`bmw ${status} error_revoke`, `mercedes-benz ${status} error_access`])
        .sort(),
    );
  });

  test('says in the history what the provider has stated, and when it came', () => {
    expect(hear(tracker('bmw', 'connected'), consent())).toEqual({
      trigger: 'access_revoked',
      cause: 'bmw reports that the access has ended: the registration is DEREGISTERED',
      at: LATER + 500,
    });
  });

  test.each([
    ['of a service that is needed', 'service:1001', true],
    ['of one that is not', 'service:1005', false],
    ['of the place alone', 'location', true],
  ])('%s', (_which, scope, moves) => {
    expect(hear(tracker('mercedes-benz', 'connected'), consent({ scope })) !== null).toBe(moves);
  });

  test('that was stated before the owner agreed ends nothing, however late it comes', () => {
    expect(hear(tracker('bmw', 'connected'), consent({ at: VALIDATED }))).toBeNull();
    expect(hear(tracker('bmw', 'connected'), consent({ at: null }))).not.toBeNull();
    // What came before the tracker was registered is about somebody else's.
    expect(hear(tracker('bmw', 'connected'), consent({ at: null }), T0 - 1)).toBeNull();
  });
});

describe('a grant', () => {
  const granted = consent({ kind: 'granted', demands: null, cause: 'service 1001 is ACTIVE', scope: 'service:1001' });

  test.each(['error_revoke', 'error_access'] as const)('has a tracker validated again that is %s', (status) => {
    const provider = status === 'error_revoke' ? 'bmw' : 'mercedes-benz';
    const before = tracker(provider, status);
    const occasion = hear(before, { ...granted, scope: 'all' });
    expect(occasion).toMatchObject({
      trigger: 'validate',
      cause: expect.stringMatching(/1001 is ACTIVE; it is validated again/),
    });
    expect(movesOf(provider)).toContainEqual({ trigger: 'validate', from: status, to: 'pending_validation' });
  });

  test('from before the end changes nothing, and neither does one where nothing has ended', () => {
    expect(hear(tracker('mercedes-benz', 'error_access'), { ...granted, at: VALIDATED })).toBeNull();
    for (const status of VALIDATION_STATUSES.filter((each) => !/revoke|access/.test(each))) {
      expect(hear(tracker('mercedes-benz', status), granted)).toBeNull();
    }
  });
});

test('what is withheld for a while leaves the right as it is', () => {
  const withheld = consent({ kind: 'withheld', demands: null });
  for (const status of VALIDATION_STATUSES) expect(hear(tracker('bmw', status), withheld)).toBeNull();
});

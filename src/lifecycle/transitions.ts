/**
 * The one transition table. A row says from which status a trigger leads to which; a provider's own rows stand beside the
 * general ones. What no row allows is refused with the reason.
 */
import type { ProviderName, Tracker, Transition, ValidationStatus } from '#model/tracker';
import type { EpochMs } from '#model/clocks';

/** What can move a tracker, with what it means. */
export const TRIGGERS = {
  register: 'the tracker was registered',
  id_rejected: 'the provider does not know this tracker id',
  id_corrected: 'the tracker id was corrected',
  validate: 'validation was started',
  validated: 'validation succeeded',
  validation_failed: 'validation failed',
  moved: 'the vehicle has driven far enough',
  data_wrong: 'only erroneous fixes arrive',
  data_right: 'a usable fix arrived',
  cancel: 'the owner disconnected the tracker',
  credentials_refused: 'the provider refuses the credentials',
  capability_missing: 'the vehicle lacks a capability, or it is not activated',
  clearance_rejected: 'the owner rejected the clearance request',
  access_revoked: 'the owner revoked the access to the data',
  access_refused: "the maker's cloud refuses this account the data of the vehicle",
} as const satisfies Record<string, string>;
export type Trigger = keyof typeof TRIGGERS;

interface Row {
  trigger: Trigger;
  /** `null` is the tracker that does not exist yet. */
  from: readonly (ValidationStatus | null)[];
  to: ValidationStatus;
}

const row = (trigger: Trigger, from: readonly (ValidationStatus | null)[], to: ValidationStatus): Row => ({
  trigger,
  from,
  to,
});

/** The states of every provider, and the ways between them. */
const GENERAL: readonly Row[] = [
  row('register', [null], 'pending'),
  row('id_rejected', ['pending'], 'wrong_tracker_id'),
  row('id_corrected', ['wrong_tracker_id'], 'pending'),
  row('validate', ['pending', 'error_validating', 'error_data'], 'pending_validation'),
  // From `pending` where the answer is there at once: by the rules of the ids, or by the word of the operator.
  row('validated', ['pending', 'pending_validation'], 'pending_for_data'),
  row('validation_failed', ['pending_validation'], 'error_validating'),
  row('data_wrong', ['pending_for_data'], 'error_data'),
  row('data_right', ['error_data'], 'pending_for_data'),
  row('moved', ['pending_for_data'], 'connected'),
  row('cancel', ['pending', 'wrong_tracker_id', 'pending_validation', 'pending_for_data', 'connected'], 'disconnected'),
  row('cancel', ['error_validating', 'error_data'], 'disconnected'),
];

/** Leaves an error of its own: by validating again, or by giving up. */
const back = (error: ValidationStatus): readonly Row[] => [
  row('validate', [error], 'pending_validation'),
  row('cancel', [error], 'disconnected'),
];

/** A cloud that is asked whether it knows the vehicle, with an account it may refuse. */
const CLOUD: readonly Row[] = [
  row('id_rejected', ['pending_validation'], 'wrong_tracker_id'),
  row('credentials_refused', ['pending_validation'], 'error_credentials'),
  ...back('error_credentials'),
];

/** The owner clears a request for the data of a vehicle that must be able to give it. What was granted may be taken back. */
const CLEARANCE: readonly Row[] = [
  row('capability_missing', ['pending_validation', 'pending_for_data'], 'error_capability'),
  row('clearance_rejected', ['pending_validation'], 'error_rejected'),
  row('access_revoked', ['pending_for_data', 'error_data', 'connected'], 'error_revoke'),
  ...back('error_capability'),
  ...back('error_rejected'),
  ...back('error_revoke'),
];

/**
 * The cloud knows the vehicle and the account, and does not let the one have the data of the other. The status `error_access`
 * is published once, as an example, without its provider. It stands with the one whose services are activated vehicle by
 * vehicle and can be taken back in the same way; the others say the same by statuses of their own.
 */
const ACCESS: readonly Row[] = [
  row('access_refused', ['pending_validation', 'pending_for_data', 'error_data', 'connected'], 'error_access'),
  ...back('error_access'),
];

/** What a provider adds to the general rows. */
const EXTRA: Readonly<Record<ProviderName, readonly Row[]>> = {
  'mercedes-benz': [...CLOUD, ...ACCESS],
  bmw: [...CLOUD, ...CLEARANCE],
  targa: [],
  astrata: [],
  cartrack: CLOUD,
  silence: CLOUD,
  stellantis: CLOUD,
  html5: [],
};

/** A move the table allows. */
export interface Move {
  trigger: Trigger;
  from: ValidationStatus | null;
  to: ValidationStatus;
}

/** Every move a provider's trackers can make. */
export function movesOf(provider: ProviderName): readonly Move[] {
  return [...GENERAL, ...EXTRA[provider]].flatMap(({ trigger, from, to }) =>
    from.map((start) => ({ trigger, from: start, to })),
  );
}

const MOVES: ReadonlyMap<ProviderName, readonly Move[]> = new Map(
  (Object.keys(EXTRA) as ProviderName[]).map((provider) => [provider, movesOf(provider)]),
);

/** A refused move: code of the error table and the reason in words. */
export interface Refusal {
  code: 'lifecycle_illegal_transition';
  reason: string;
}

/** Why a tracker is moved, and when. */
export interface Occasion {
  trigger: Trigger;
  /** In words, with the numbers. */
  cause: string;
  at: EpochMs;
}

/** A tracker after a move, with the row its history gets; or the refusal, which changes nothing. */
export type MoveResult = { refusal: Refusal } | { refusal: null; tracker: Tracker; transition: Transition };

/** Moves a tracker, or says why it cannot be moved. Pure: the tracker given stays as it is. */
export function move(tracker: Tracker, occasion: Occasion): MoveResult {
  const moves = MOVES.get(tracker.provider) as readonly Move[];
  const found = moves.find((m) => m.from === tracker.status && m.trigger === occasion.trigger);
  if (found === undefined) return { refusal: refusalOf(tracker, occasion.trigger, moves) };
  const number = tracker.revision + 1;
  const validatedAt = occasion.trigger === 'validated' ? occasion.at : tracker.validatedAt;
  return {
    refusal: null,
    tracker: { ...tracker, status: found.to, statusAt: occasion.at, validatedAt, revision: number },
    transition: {
      id: `${tracker.oid}-${number}`,
      trackerOid: tracker.oid,
      number,
      from: tracker.status,
      to: found.to,
      trigger: occasion.trigger,
      cause: occasion.cause,
      at: occasion.at,
    },
  };
}

/** Makes the first row of a new tracker's history. The tracker is `pending`, its revision 1. */
export function registration(tracker: Tracker, cause: string): Transition {
  return {
    id: `${tracker.oid}-1`,
    trackerOid: tracker.oid,
    number: 1,
    from: null,
    to: 'pending',
    trigger: 'register',
    cause,
    at: tracker.registeredAt,
  };
}

function refusalOf(tracker: Tracker, trigger: Trigger, moves: readonly Move[]): Refusal {
  const starts = moves.filter((m) => m.trigger === trigger && m.from !== null).map((m) => m.from);
  const named = `"${trigger}" (${TRIGGERS[trigger]})`;
  const possible =
    starts.length === 0
      ? `${named} never moves trackers of ${tracker.provider}`
      : `${named} moves only from ${[...new Set(starts)].join(', ')}`;
  const reason = `tracker ${tracker.trackerId} of ${tracker.provider} is ${tracker.status}; ${possible}`;
  return { code: 'lifecycle_illegal_transition', reason };
}

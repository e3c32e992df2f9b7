import type { Trigger } from '../lifecycle/transitions.ts';

/** What an operator may report that a provider or an owner has answered, by the trigger it means. */
export const REPORTED_ANSWERS = {
  approved: 'validated',
  rejected: 'clearance_rejected',
  revoked: 'access_revoked',
  capability_missing: 'capability_missing',
  access_refused: 'access_refused',
  unknown_id: 'id_rejected',
  failed: 'validation_failed',
} as const satisfies Record<string, Trigger>;
export type ReportedAnswer = keyof typeof REPORTED_ANSWERS;

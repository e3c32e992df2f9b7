/** What a statement about the right to a vehicle's data does to its tracker. Pure: the table of transitions has the last word. */
import type { Consent } from '#model/consent';
import type { EpochMs } from '#model/clocks';
import type { ProviderName, Tracker } from '#model/tracker';
import { needsEvidence } from './evidence.ts';
import { movesOf, type Occasion, type Trigger } from './transitions.ts';

/** What counts of what providers state. */
export interface ConsentRules {
  /** Services without which the data of a vehicle does not come, by provider. Statements about others move nothing. */
  services: Readonly<Partial<Record<ProviderName, readonly string[]>>>;
}

/** How a granted right ends, by what the provider's rows have. */
const ENDS: readonly Trigger[] = ['access_revoked', 'access_refused'];

/**
 * Gives the move a statement makes, or `null` where it makes none.
 *
 * A withdrawal ends what a validation has granted, so it must have been stated after that: one that is repeated, or comes late, after
 * the owner has agreed again, ends nothing. A grant has a tracker validated again whose right had ended before. What is withheld for
 * a while leaves the right as it is.
 */
export function occasionOf(tracker: Tracker, consent: Consent, receivedAt: EpochMs, rules: ConsentRules): Occasion | null {
  const { status, statusAt, validatedAt, provider } = tracker;
  if (receivedAt < tracker.registeredAt || !isAboutData(consent.scope, rules.services[provider] ?? [])) return null;
  // No statement comes before it was made: such a clock is wrong.
  const statedAt = Math.min(consent.at ?? receivedAt, receivedAt);
  const at = Math.max(receivedAt, statusAt);
  if (consent.kind === 'withdrawn') {
    const isGranted = status === 'connected' || needsEvidence(status);
    const trigger = ENDS.find((end) => movesOf(provider).some((move) => move.trigger === end && move.from === status));
    if (!isGranted || trigger === undefined || (validatedAt !== null && statedAt <= validatedAt)) return null;
    return { trigger, cause: `${provider} reports that the access has ended: ${consent.cause}`, at };
  }
  const hasEnded = status === 'error_revoke' || status === 'error_access';
  if (consent.kind !== 'granted' || !hasEnded || statedAt <= statusAt) return null;
  const cause = `${provider} reports that the access is granted: ${consent.cause}; it is validated again`;
  return { trigger: 'validate', cause, at };
}

function isAboutData(scope: string, services: readonly string[]): boolean {
  return scope === 'all' || scope === 'location' || services.some((id) => scope === `service:${id}`);
}

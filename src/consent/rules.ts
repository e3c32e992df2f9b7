/**
 * What each provider's rule, and the law where the provider has none, demands when the right to a vehicle's data ends. The one place
 * where this is written; `docs/consent.md` explains it.
 */
import type { Consent } from '#model/consent';
import type { Demand } from './withdrawal.ts';

export interface ConsentRule {
  /** At the least; a statement may demand more. */
  demand: Demand;
  /** Time from the receipt of the statement until all is gone, ms. */
  withinMs: number;
  /** Whether the ident may stay in the proof, or only its hash. */
  keepsIdent: boolean;
  /** Whether a later statement of the provider brings the right back. */
  grantLifts: boolean;
  /** Where the rule stands. */
  basis: string;
}

const HOUR_MS = 3_600_000;
/** Art. 12(3) GDPR: within one month of receipt; the shortest one. */
const MONTH_MS = 28 * 24 * HOUR_MS;

const LAW =
  'GDPR Art. 17(1)(b), without undue delay, told within one month (Art. 12(3)); Art. 5(2), 17(3): the proof may be kept';

/** For what no row of the table is about, and for what an operator states. */
export const USUAL_RULE: ConsentRule = {
  demand: 'erase',
  withinMs: MONTH_MS,
  keepsIdent: false,
  grantLifts: false,
  basis: LAW,
};

/** By the protocol in which the statement came. */
export const CONSENT_RULES: Readonly<Record<string, ConsentRule>> = {
  'hyundai-kia': {
    ...USUAL_RULE,
    // "At once" of the provider: what has not ended within the hour is not at once.
    withinMs: HOUR_MS,
    basis: 'Pleos Fleet API, end of consent: all data of the vehicles must be deleted at once',
  },
  bmw: { ...USUAL_RULE, basis: `BMW CarData: the customer withdraws a company's clearance, which names no time; ${LAW}` },
  'mercedes-benz': {
    ...USUAL_RULE,
    demand: 'stop',
    keepsIdent: true,
    grantLifts: true,
    basis:
      'Mercedes-Benz connect business: the registration ends; nothing more may be taken in, what was delivered may be kept',
  },
  // A privacy mode is no consent: that it is off again brings back no right that was withdrawn.
  stellantis: { ...USUAL_RULE, basis: `Stellantis: contract of the fleet, or OAuth2 consent of the customer; ${LAW}` },
};

export function ruleOf(protocol: string | null): ConsentRule {
  return (protocol === null ? undefined : CONSENT_RULES[protocol]) ?? USUAL_RULE;
}

/** What follows from a statement of a provider: the stricter of what it says and what the table says. */
export function demandOf({ demands }: Pick<Consent, 'demands'>, rule: ConsentRule): Demand {
  return demands === 'erase' || rule.demand === 'erase' ? 'erase' : 'stop';
}

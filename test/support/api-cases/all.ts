import { COMPANY_CASES } from './company.ts';
import { CONSENT_CASES } from './consents.ts';
import { GROUP_CASES } from './groups.ts';
import { PUSH_CASES } from './push.ts';
import { QUARANTINE_CASES } from './quarantine.ts';
import { HTML5_CASES } from './html5.ts';
import type { RouteCases } from './route-case.ts';
import { TELEMETRY_CASES } from './telemetry.ts';
import { TRACKER_CASES } from './trackers.ts';
import { WEBHOOK_CASES } from './webhooks.ts';

/** A case for every route of the API; a test compares. */
export const ROUTE_CASES: RouteCases = {
  ...TRACKER_CASES,
  ...COMPANY_CASES,
  ...GROUP_CASES,
  ...WEBHOOK_CASES,
  ...PUSH_CASES,
  ...TELEMETRY_CASES,
  ...HTML5_CASES,
  ...CONSENT_CASES,
  ...QUARANTINE_CASES,
};

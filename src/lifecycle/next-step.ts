/** What to try next with a tracker, in words. */
import { isImei } from '#model/ident';
import { identsOf, type ProviderName, type Tracker, type ValidationStatus } from '#model/tracker';
import type { Rejection } from './guards.ts';

const BY_STATUS: Readonly<Partial<Record<ValidationStatus, string>>> = {
  pending: 'validate it; until then its data is stored but counts for nothing',
  pending_validation: 'wait for the answer of the provider',
  wrong_tracker_id: 'correct the tracker id, then validate again',
  disconnected: 'register it again if its data is wanted',
  error_credentials: 'mend the credentials of the provider, then validate again',
  error_capability: 'have the capability activated in the vehicle, then validate again',
  error_rejected: 'ask the owner to accept the clearance request, then validate again',
  error_revoke: 'ask the owner to grant access again, then validate again',
  error_access:
    "have the vehicle released for this account in the maker's portal, then validate again; a hardware box is the alternative",
};

const BY_REJECTION: Readonly<Partial<Record<Rejection, string>>> = {
  invalid: 'bring the vehicle outdoors, with a free view of the sky, and check the GNSS antenna',
  weak: 'bring the vehicle outdoors, with a free view of the sky, and check the GNSS antenna',
  clock: "check the device's clock: it is set by GNSS or the network, and a flat battery loses it",
  null_island: 'check the GNSS receiver: it says 0/0 and claims that to be a fix',
  out_of_range: 'check the configuration of the device: its coordinates are impossible, so perhaps its protocol is another',
};

/**
 * What to try where the status itself is what the tracker waits in; `null` in statuses in which data counts. `lastCause` is the
 * cause of its last transition.
 */
export function statusStep({ status }: Pick<Tracker, 'status'>, lastCause: string | null): string | null {
  if (status !== 'error_validating') return BY_STATUS[status] ?? null;
  // A failed validation says in its cause what was wrong, and what else can be done.
  return `mend this, then validate again: ${lastCause ?? 'the validation failed'}`;
}

/** What to try where a fix is missing, by what was wrong with the last ones; `null` where the device is not to blame. */
export function fixStep(rejection: Rejection): string | null {
  return BY_REJECTION[rejection] ?? null;
}

/** Where no box connects, what sends the data. */
const BY_PROVIDER: Readonly<Partial<Record<ProviderName, string>>> = {
  html5: 'open the link of the tracker page on the phone of the driver and press Start; if it was opened, make a new one',
  bmw: "check that BMW's cloud pushes to an endpoint of this company, and that the vehicle has driven since",
  'mercedes-benz':
    'check that what reads the topic of Mercedes-Benz pushes to an endpoint of this company, and that the vehicle has driven since',
  silence: 'check that the poller of Silence pushes to an endpoint of this company, and that the scooter has driven since',
  stellantis: 'check that Stellantis reaches this gateway at `validation.publicUrl`, and that the vehicle has driven since',
};

/** What to try where nothing was ever heard. `protocols` are those bound to the provider. */
export function deviceStep(tracker: Tracker, protocols: readonly string[]): string {
  const elsewhere = BY_PROVIDER[tracker.provider];
  if (elsewhere !== undefined) return elsewhere;
  if (protocols.length === 0) return `no protocol is bound to ${tracker.provider}: bind one in the configuration`;
  const idents = identsOf(tracker).map(({ ident }) => ident);
  const check = `check that the device is supplied, has a SIM card with data and the right APN, and sends ${protocols.join(' or ')} to this gateway's address and port`;
  if (idents.some(isImei)) return check;
  return `boxes name themselves by their IMEI, and ${idents.join(', ')} is none: register the IMEI as foreign_tracker_id; and ${check}`;
}

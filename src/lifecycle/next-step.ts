/** The one thing to try next with a tracker, in words. */
import type { EpochMs } from '#model/clocks';
import { isImei } from '#model/ident';
import { identsOf, type Tracker, type ValidationStatus } from '#model/tracker';
import type { Rejection } from './guards.ts';
import type { WhyFacts } from './why-facts.ts';

/** A connected tracker not heard for longer than this deserves a look, ms. */
const LONG_SILENCE_MS = 86_400_000;

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
  too_fast: 'look at its fixes: they jump further than a vehicle can drive. Perhaps two devices share one ident',
};

/** Gives the next step. `protocols` are those bound to the provider. */
export function nextStep(facts: WhyFacts, protocols: readonly string[], at: EpochMs): string {
  const { tracker, lastHeard } = facts;
  const byStatus = BY_STATUS[tracker.status];
  if (byStatus !== undefined) return byStatus;
  if (tracker.status === 'error_validating') return whenNotValidated(facts);
  if (tracker.status === 'connected') {
    const isSilent = lastHeard === null || at - lastHeard.lastFrameAt > LONG_SILENCE_MS;
    return isSilent ? "it is connected but silent: check the device's supply and its SIM card" : 'nothing, all is well';
  }
  if (lastHeard === null) return whenNeverHeard(tracker, protocols);
  if (lastHeard.trackerOid !== tracker.oid && !protocols.includes(lastHeard.protocol)) {
    return `its ident is heard in the protocol ${lastHeard.protocol}, which is not bound to ${tracker.provider} (${list(protocols)}): bind it in the configuration`;
  }
  return whenHeard(facts, lastHeard.messages);
}

/** A failed validation has said in its cause what was wrong. Who cannot mend that has another way to the same data. */
function whenNotValidated({ tracker, transitions }: WhyFacts): string {
  const cause = transitions.at(-1)?.cause ?? 'the validation failed';
  const other = tracker.type === 'oem' ? '; a hardware box is the alternative: register one in its stead' : '';
  return `mend this, then validate again: ${cause}${other}`;
}

function whenNeverHeard(tracker: Tracker, protocols: readonly string[]): string {
  if (protocols.length === 0) return `no protocol is bound to ${tracker.provider}: bind one in the configuration`;
  const idents = identsOf(tracker).map(({ ident }) => ident);
  const check = `check that the device is supplied, has a SIM card with data, and sends ${list(protocols)} to this gateway's address and port`;
  if (idents.some(isImei)) return check;
  return `boxes name themselves by their IMEI, and ${idents.join(', ')} is none: register the IMEI as foreign_tracker_id; and ${check}`;
}

function whenHeard({ metres, missingM, rejected, lastAccepted, lastHeard }: WhyFacts, messages: number): string {
  if (messages === 0) {
    const refused = lastHeard?.lastQuarantine ?? null;
    if (refused !== null)
      return `its frames are refused (${refused.code}: ${refused.detail}); look at them with \`odograph decode\``;
    return 'it is connected but sends no data: check what its configuration makes it record';
  }
  const missing = `${Math.ceil(missingM)} m`;
  const drive = `drive about ${missing} outdoors`;
  if (metres > 0) return `drive about ${missing} more outdoors`;
  const most = rejected.find(({ reason }) => BY_REJECTION[reason] !== undefined);
  if (most !== undefined && (lastAccepted === null || most.reason === 'too_fast')) return BY_REJECTION[most.reason] ?? drive;
  if (lastAccepted === null) return `its messages hold no fix: bring the vehicle outdoors, then ${drive}`;
  return `the vehicle has not moved yet: ${drive}`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none is' : names.join(' or ');
}

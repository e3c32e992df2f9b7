/** How validations begin, and how an operator ends them by hand. */
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import { move } from '../lifecycle/transitions.ts';
import { ADAPTERS } from '../providers/all.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { trackerUnknown } from '../store/refusals.ts';
import { changeTracker, movedBy } from '../store/register.ts';
import type { TrackerRegistry } from '../store/tracker-store.ts';
import { REPORTED_ANSWERS, type ReportedAnswer } from './answers.ts';
import { newValidation, VALIDATIONS, type Validation } from './document.ts';
import { failureCause } from './words.ts';

export interface ValidationServices {
  registry: TrackerRegistry;
  documents: DocumentStore;
  clock: Clock;
}

export interface ValidationRequest {
  /** The odometer of the dashboard, km. */
  odoKm?: number | null;
  /** Who asks, in words: it becomes the cause in the history. */
  by: string;
}

/** Greatest odometer that is believed, km: the longest run vehicles have some five million. */
const MAX_ODOMETER_KM = 10_000_000;

/**
 * Starts the validation of a tracker with its provider, and gives the tracker as `pending_validation`; what comes of it comes later.
 * The wish is made durable before the tracker moves: if the process dies in between, whoever finds the wish moves the tracker.
 * Fails with `tracker_unknown`, `tracker_invalid` where the provider needs more, or `lifecycle_illegal_transition`.
 */
export async function startValidation(services: ValidationServices, oid: string, request: ValidationRequest): Promise<Tracker> {
  const { registry, documents, clock } = services;
  const { odoKm = null, by } = request;
  const startedAt = clock();
  const tracker = await registry.trackerByOid(oid);
  if (tracker === null || tracker.deletedAt !== null) throw trackerUnknown(oid);
  const { refusal } = move(tracker, { trigger: 'validate', cause: by, at: startedAt });
  if (refusal !== null) throw new GatewayError(refusal.code, refusal.reason);
  const lack = lackOf(tracker, odoKm);
  if (lack !== null) throw new GatewayError('tracker_invalid', lack);
  const body = newValidation({ phase: 'starting', startedAt, by, odoKm });
  await replaceValidation(documents, tracker, body, startedAt);
  return ensureStarted(registry, oid, body);
}

function lackOf({ provider }: Tracker, odoKm: number | null): string | null {
  if (odoKm !== null && !(odoKm >= 0 && odoKm <= MAX_ODOMETER_KM)) {
    return `odo_value is a number of kilometres from 0 to ${MAX_ODOMETER_KM}`;
  }
  return ADAPTERS[provider].missing?.({ odoKm }) ?? null;
}

async function replaceValidation(
  documents: DocumentStore,
  { oid, companyId }: Tracker,
  body: Validation,
  dueAt: EpochMs,
): Promise<void> {
  for (;;) {
    const before = await documents.document<Validation>(VALIDATIONS, oid);
    const written = { id: oid, companyId, uniqueKey: null, dueAt, body };
    const done =
      before === null
        ? await documents.insert(VALIDATIONS, written)
        : (await documents.replace(VALIDATIONS, { ...written, revision: before.revision })) === 'replaced';
    if (done) return;
  }
}

/**
 * Moves the tracker of a validation that was asked for. Somebody else may have done so: then it stays as it is. What has happened to
 * the tracker after the wish overrides it. Fails with `tracker_unknown` or `lifecycle_illegal_transition`.
 */
export function ensureStarted(registry: TrackerRegistry, oid: string, { startedAt, by }: Validation): Promise<Tracker> {
  return changeTracker(registry, oid, (tracker) => {
    if (tracker.status === 'pending_validation' || tracker.statusAt > startedAt) return null;
    return movedBy(tracker, { trigger: 'validate', cause: by, at: startedAt });
  });
}

/**
 * Has what a validation has asked for at the provider given back soon, now that the tracker is disconnected. Where the process dies
 * before, it is found with the next look at the document.
 */
export async function releaseSoon({ documents, clock }: Omit<ValidationServices, 'registry'>, oid: string): Promise<void> {
  for (;;) {
    const found = await documents.document<Validation>(VALIDATIONS, oid);
    if (found === null || (await documents.replace(VALIDATIONS, { ...found, dueAt: clock() })) === 'replaced') return;
  }
}

/**
 * Takes down what a provider has answered where it cannot be asked. Only for operators: an owner would prove the own access by it.
 * Fails with `tracker_unknown`, or `lifecycle_illegal_transition` where the answer means nothing for the tracker as it stands.
 */
export async function reportAnswer(
  { registry, documents, clock }: ValidationServices,
  oid: string,
  answer: ReportedAnswer,
  reason: string,
): Promise<Tracker> {
  const said = reason.trim() === '' ? '' : `: ${reason.trim()}`;
  const trigger = REPORTED_ANSWERS[answer];
  const cause = `the operator reports "${answer}"${said}`;
  const tracker = await changeTracker(registry, oid, (before) =>
    movedBy(before, { trigger, cause: answer === 'failed' ? failureCause(before, cause) : cause, at: clock() }),
  );
  // What was under way has come to its end elsewhere: its document is looked at, and goes.
  const found = await documents.document<Validation>(VALIDATIONS, oid);
  if (found !== null) await documents.replace(VALIDATIONS, { ...found, dueAt: clock() });
  return tracker;
}

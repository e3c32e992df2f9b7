/** A validation under way, as a document of the store: whatever dies, what was begun is found again. */
import type { EpochMs } from '#model/clocks';
import type { ValidationProgress } from '../lifecycle/why-facts.ts';
import type { Document, DocumentStore } from '../store/document-store.ts';

/** Collection of the documents. The id of each is the oid of its tracker, and it is due when its next step is. */
export const VALIDATIONS = 'validations';

export interface Validation {
  /**
   * `starting`: it was asked for, and its tracker may not have moved yet. `running`: the tracker is `pending_validation`.
   * `watching`: it has come to its end, and the provider is asked from time to time whether what it granted still stands; what was
   * asked for there is remembered. `releasing`: the tracker is disconnected, and that is being given back.
   */
  phase: 'starting' | 'running' | 'watching' | 'releasing';
  /** When it was asked for; the tracker's status changes at the same time. */
  startedAt: EpochMs;
  /** Who asked, in words. */
  by: string;
  /** The odometer as the owner reads it, km; `null` where it was not given. */
  odoKm: number | null;
  /** Steps begun, each by one claim. */
  attempts: number;
  /** Steps one after another that came to nothing because of trouble. */
  troubles: number;
  /** What steps note for those after them. */
  memory: Readonly<Record<string, string>>;
  waitingFor: string;
  /** What the provider said last; `null` before its first answer. */
  lastAnswer: string | null;
  lastAnswerAt: EpochMs | null;
}

/** Makes a validation that nobody has taken a step of. */
export function newValidation(fields: Pick<Validation, 'phase' | 'startedAt' | 'by' | 'odoKm'>): Validation {
  return {
    ...fields,
    attempts: 0,
    troubles: 0,
    memory: {},
    waitingFor: 'its first step',
    lastAnswer: null,
    lastAnswerAt: null,
  };
}

/** Tells how the validation of a tracker stands; `null` where none is under way. */
export async function validationOf(documents: DocumentStore, oid: string): Promise<ValidationProgress | null> {
  const found = await documents.document<Validation>(VALIDATIONS, oid);
  if (found === null || found.body.phase === 'watching' || found.body.phase === 'releasing') return null;
  const { startedAt, attempts, waitingFor, lastAnswer, lastAnswerAt } = found.body;
  return { startedAt, attempts, waitingFor, lastAnswer, lastAnswerAt, nextTryAt: found.dueAt };
}

export type ValidationDocument = Document<Validation>;

/** Deliveries: one event for one endpoint, with its log. */
import type { ErrorCode } from '#errors/codes';
import type { EpochMs } from '#model/clocks';
import type { Transition } from '#model/tracker';
import type { Document, NewDocument } from '../store/document-store.ts';
import type { PING, EventType } from './endpoint.ts';

/** `pending` is to be sent, or sent again; the others have ended. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One try of a delivery. */
export interface Attempt {
  at: EpochMs;
  durationMs: number;
  /** Status of the answer; `null` where none came. */
  httpStatus: number | null;
  /** What failed; `null` where it was delivered. */
  code: ErrorCode | null;
  /** In words. */
  detail: string;
  /** The beginning of the answer; `null` where none came. */
  response: string | null;
}

export interface Delivery {
  /** `webhook-id` of every try. The same event has the same at an endpoint, whoever makes it and however often. */
  webhookId: string;
  endpointId: string;
  eventType: EventType | typeof PING;
  /** Tracker whose events go in order; of a ping, the ping itself. */
  subject: string;
  /** Place among the events of its subject. */
  number: number;
  /** When the event happened. */
  at: EpochMs;
  /** What is sent. */
  payload: string;
  status: DeliveryStatus;
  /** How it ended, in words; empty while it is pending. */
  outcome: string;
  createdAt: EpochMs;
  settledAt: EpochMs | null;
  /** Tries since it was made, or since it was last asked for again. */
  tries: number;
  /** The first of them. */
  firstTryAt: EpochMs | null;
  /** Not before then, nor before the one before it has ended; `null` where it has ended itself. */
  nextTryAt: EpochMs | null;
  /** Whether it is given up with its first failure. */
  once: boolean;
  /** The last ones, the oldest first. */
  attempts: readonly Attempt[];
}

/** A stored delivery: due when it was made while it is pending, and when it may be forgotten from then on. */
export type DeliveryDocument = Document<Delivery>;

const MOST_ATTEMPTS = 20;
/** Times and numbers are written as what is left to these, so that the newest comes first. */
const LAST_TIME = 2 ** 47;
const LAST_NUMBER = 36 ** 6 - 1;

/** The id of an event at an endpoint: no dots, which the signature puts between its parts. */
export function webhookIdOf({ id }: Pick<Transition, 'id'>, endpointId: string): string {
  return `${id}_${endpointId}`;
}

/** The id under which a delivery is stored: lists by ascending id begin with the newest event. */
function documentIdOf({ at, subject, number }: Pick<Delivery, 'at' | 'subject' | 'number'>): string {
  const time = (LAST_TIME - at).toString(36).padStart(10, '0');
  return `${time}-${subject}-${(LAST_NUMBER - number).toString(36).padStart(6, '0')}`;
}

/** The smallest id that no delivery of an event before this time has: where a search for events since then ends. */
export function lastDocumentIdSince(at: EpochMs): string {
  return `${(LAST_TIME - at).toString(36).padStart(10, '0')}-~`;
}

/** Makes the document of a delivery that is to be sent. */
export function pendingDelivery(
  companyId: string,
  fields: Pick<Delivery, 'webhookId' | 'endpointId' | 'eventType' | 'subject' | 'number' | 'at' | 'payload' | 'once'>,
  now: EpochMs,
): NewDocument<Delivery> {
  const body: Delivery = {
    ...fields,
    status: 'pending',
    outcome: '',
    createdAt: now,
    settledAt: null,
    tries: 0,
    firstTryAt: null,
    nextTryAt: now,
    attempts: [],
  };
  return { id: documentIdOf(fields), companyId, uniqueKey: fields.webhookId, dueAt: now, body };
}

/** The document with its delivery ended. It is kept for `keepMs`. */
export function settled<Stored extends NewDocument<Delivery>>(
  document: Stored,
  status: 'delivered' | 'failed',
  outcome: string,
  now: EpochMs,
  keepMs: number,
): Stored {
  const body = { ...document.body, status, outcome, settledAt: now, nextTryAt: null };
  return { ...document, dueAt: now + keepMs, body };
}

/** The document with its delivery to be sent once more, its patience as new. */
export function revived(document: DeliveryDocument, now: EpochMs): DeliveryDocument {
  const begun = { status: 'pending', outcome: '', settledAt: null, tries: 0, firstTryAt: null, nextTryAt: now } as const;
  return { ...document, dueAt: now, body: { ...document.body, ...begun } };
}

/** The delivery with one try more in its log. */
export function withAttempt(delivery: Delivery, attempt: Attempt): Delivery {
  const attempts = [...delivery.attempts, attempt].slice(-MOST_ATTEMPTS);
  return { ...delivery, tries: delivery.tries + 1, firstTryAt: delivery.firstTryAt ?? attempt.at, attempts };
}

/** The four kinds of status that a list is asked for. */
import type { ValidationStatus } from '#model/tracker';

/** `pending` waits for its owner, its provider or data; `error` needs somebody to mend something. */
export const CATEGORIES = ['pending', 'error', 'connected', 'disconnected'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Gives the category of a status. */
export function categoryOf(status: ValidationStatus): Category {
  if (status === 'connected' || status === 'disconnected') return status;
  return status.startsWith('pending') ? 'pending' : 'error';
}

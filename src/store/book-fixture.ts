/** A book over a store, and frames for it. For tests. */
import { EVIDENCE_RULES } from '../lifecycle/rules.ts';
import { TRIP_RULES } from '../lifecycle/trips.ts';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { providerTable } from '../providers/table.ts';
import { StoredBook, type BookOptions } from './book.ts';
import { registerTracker } from './register.ts';
import { aMessage, anOutcome, IMEI, T0 } from './samples.ts';
import type { BookStore, TrackerRegistry } from './tracker-store.ts';

export const PROVIDERS = providerTable();
export const VIN = 'WF0AXXWPMAJB43745';
export const SPOOL = 'ab12';

/** A book that has not read its store yet. */
export function newBook(store: BookStore, options: Partial<BookOptions> = {}): StoredBook {
  const rules = { providers: PROVIDERS, evidence: EVIDENCE_RULES, consents: { services: {} }, trips: TRIP_RULES };
  return new StoredBook({ store, ...rules, spoolId: SPOOL, unregisteredIdents: 10, ...options });
}

export async function openBook(store: BookStore, options: Partial<BookOptions> = {}): Promise<StoredBook> {
  const book = newBook(store, options);
  await book.catchUp();
  return book;
}

/** Registers the vehicle whose box has the sample ident; gives its oid. */
export async function registerVehicle(registry: TrackerRegistry, at = T0): Promise<string> {
  const request = { trackerId: VIN, provider: 'targa', type: 'canbus', foreignTrackerId: IMEI };
  return (await registerTracker(registry, PROVIDERS, request, () => at)).tracker.oid;
}

/** Frames of a vehicle that drives 50 m every 5 s. */
export function drive(frames: number, firstSeq = 1): FrameOutcome[] {
  return Array.from({ length: frames }, (_, i) => anOutcome(firstSeq + i, [aMessage(i * 5, i * 50)]));
}

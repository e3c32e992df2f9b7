import type { Clock } from '#model/clocks';
import type { DocumentStore } from '../store/document-store.ts';

const COLLECTION = 'consent_gateways';
const MOST = 10_000;

/** The gateways of one registry, by their spools: each has data of its own to purge. */
export class Gateways {
  readonly #documents: DocumentStore;
  readonly #now: Clock;

  constructor(documents: DocumentStore, now: Clock) {
    this.#documents = documents;
    this.#now = now;
  }

  /** Writes down that a gateway is there. */
  async note(spoolId: string): Promise<void> {
    const body = { seenAt: this.#now() };
    await this.#documents.insert(COLLECTION, { id: spoolId, companyId: '', uniqueKey: null, dueAt: null, body });
  }

  /** Writes down that one is gone for good: it holds nothing, and nothing waits for it any more. */
  async forget(spoolId: string): Promise<void> {
    const found = await this.#documents.document(COLLECTION, spoolId);
    if (found !== null) await this.#documents.remove(COLLECTION, spoolId, found.revision);
  }

  /** All that ever were there and are not gone, and `own`. */
  async living(own: string): Promise<readonly string[]> {
    const found = await this.#documents.documents(COLLECTION, { companyId: '', most: MOST });
    return [...new Set([own, ...found.map(({ id }) => id)])];
  }
}

/** Capture files that were written of this registry's traffic: they are their owners', and a purge can only name them. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock, EpochMs } from '#model/clocks';
import type { DocumentStore } from '../store/document-store.ts';

const COLLECTION = 'captures';
const MOST = 10_000;

export interface WrittenCapture {
  host: string;
  /** Absolute. */
  path: string;
  writtenAt: EpochMs;
  /** When all withdrawn until then was taken out of it; `null` where that never was. */
  purgedAt: EpochMs | null;
}

export class CaptureLog {
  readonly #documents: DocumentStore;
  readonly #now: Clock;

  constructor(documents: DocumentStore, now: Clock) {
    this.#documents = documents;
    this.#now = now;
  }

  /** Notes that a file was written, or that withdrawn vehicles were taken out of it. */
  async note(path: string, what: 'written' | 'purged'): Promise<void> {
    const host = hostname();
    const id = createHash('sha256')
      .update(JSON.stringify([host, path]))
      .digest('hex');
    for (;;) {
      const found = await this.#documents.document<WrittenCapture>(COLLECTION, id);
      const at = this.#now();
      const before = found?.body ?? { host, path, writtenAt: at, purgedAt: null };
      const body = what === 'written' ? { ...before, writtenAt: at } : { ...before, purgedAt: at };
      const made = { id, companyId: '', uniqueKey: null, dueAt: null, body };
      if (found === null ? await this.#documents.insert(COLLECTION, made) : await this.#replaced({ ...found, body })) return;
    }
  }

  async all(): Promise<readonly WrittenCapture[]> {
    const found = await this.#documents.documents<WrittenCapture>(COLLECTION, { companyId: '', most: MOST });
    return found.map(({ body }) => body);
  }

  async #replaced(document: Parameters<DocumentStore['replace']>[1]): Promise<boolean> {
    return (await this.#documents.replace(COLLECTION, document)) === 'replaced';
  }
}

/** A capture as a proof names it. */
export function describeCapture({ host, path, purgedAt }: WrittenCapture): string {
  const when = purgedAt === null ? '' : ` (last purged ${new Date(purgedAt).toISOString()})`;
  return `the capture ${path} on ${host}${when}: left to its owner, odograph consent purge-capture takes withdrawn vehicles out of it`;
}

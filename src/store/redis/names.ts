import type { EpochMs } from '#model/clocks';
import type { DocumentStore } from '../document-store.ts';
import type { NameStore } from '../name-store.ts';
import type { RedisLink } from './link.ts';
import { SCRIPTS } from './scripts.ts';

/** Names in one call: each stops Redis for about a microsecond. */
const NAMES_MOST = 1_000;
/** Where an earlier version kept them, a document each. */
const FORMER_COLLECTION = 'push_seen';

/** Names in Redis, which forgets them by itself. Every method rejects as those of `RedisStore` do. */
export class RedisNames implements NameStore {
  readonly #link: RedisLink;
  readonly #documents: DocumentStore;

  constructor(link: RedisLink, documents: DocumentStore) {
    this.#link = link;
    this.#documents = documents;
  }

  async known(names: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const some of parts(names)) {
      for (const name of await this.#link.run<string[]>(SCRIPTS.namesKnown, ...some)) found.add(name);
    }
    return found;
  }

  async keep(names: readonly string[], until: EpochMs): Promise<void> {
    for (const some of parts(names)) await this.#link.run(SCRIPTS.namesKeep, until, ...some);
  }

  /** Forgets what an earlier version has left. */
  async forget(at: EpochMs, most: number): Promise<number> {
    const old = await this.#documents.due(FORMER_COLLECTION, at, most);
    await this.#documents.writeAll(
      old.map(({ id, revision }) => ({ collection: FORMER_COLLECTION, remove: { id, ifRevision: revision } })),
    );
    return old.length;
  }
}

function* parts(names: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < names.length; from += NAMES_MOST) yield names.slice(from, from + NAMES_MOST);
}

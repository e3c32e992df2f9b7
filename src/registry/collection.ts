/** Documents of one kind, each belonging to a company: what all services of this folder share. */
import type { GatewayError } from '#errors/gateway-error';
import type { EpochMs } from '#model/clocks';
import type { Document, DocumentStore } from '../store/document-store.ts';

/** Which part of a list is wanted. */
export interface Page {
  /** Only what comes behind this id. */
  afterId?: string | undefined;
  most: number;
}

/** What is not the same for every document. */
export interface Filing {
  uniqueKey?: string | null;
  dueAt?: EpochMs | null;
}

/** A change of a document; a field that is absent stays. */
export interface Change<Body> extends Filing {
  body: Body;
}

export class Collection<Body> {
  readonly #documents: DocumentStore;
  readonly #name: string;
  readonly #unknown: (id: string) => GatewayError;
  readonly #taken: (() => GatewayError) | null;

  /** `unknown` makes the error for an id that the company does not have, `taken` the one for a unique key that another has. */
  constructor(
    documents: DocumentStore,
    name: string,
    unknown: (id: string) => GatewayError,
    taken: (() => GatewayError) | null = null,
  ) {
    this.#documents = documents;
    this.#name = name;
    this.#unknown = unknown;
    this.#taken = taken;
  }

  /** Adds a document; false where its id or unique key is taken. */
  async insert(companyId: string, id: string, body: Body, { uniqueKey = null, dueAt = null }: Filing = {}): Promise<boolean> {
    return this.#documents.insert(this.#name, { id, companyId, uniqueKey, dueAt, body });
  }

  async list(companyId: string, { afterId, most }: Page): Promise<readonly Document<Body>[]> {
    return this.#documents.documents<Body>(this.#name, { companyId, most, ...(afterId === undefined ? {} : { afterId }) });
  }

  /** Gives a document whosoever it is; `null` where there is none. */
  async find(id: string): Promise<Document<Body> | null> {
    return this.#documents.document<Body>(this.#name, id);
  }

  /** Gives a document of the company. Another company's is as unknown as one that does not exist. */
  async get(companyId: string, id: string): Promise<Document<Body>> {
    const found = await this.find(id);
    if (found === null || found.companyId !== companyId) throw this.#unknown(id);
    return found;
  }

  /** Changes a document of the company. Somebody else may change it meanwhile: then the change is made anew. */
  async change(companyId: string, id: string, make: (body: Body) => Change<Body>): Promise<Document<Body>> {
    for (;;) {
      const found = await this.get(companyId, id);
      const changed = { ...found, ...make(found.body) };
      const outcome = await this.#documents.replace(this.#name, changed);
      if (outcome === 'replaced') return { ...changed, revision: found.revision + 1 };
      if (outcome === 'taken' && this.#taken !== null) throw this.#taken();
    }
  }

  /** Writes a document if nobody has changed it meanwhile; true if it was written. */
  async offer(document: Document<Body>): Promise<boolean> {
    return (await this.#documents.replace(this.#name, document)) === 'replaced';
  }

  /** Removes a document of the company, whatever it has become meanwhile. */
  async remove(companyId: string, id: string): Promise<Document<Body>> {
    for (;;) {
      const found = await this.get(companyId, id);
      if (await this.#documents.remove(this.#name, id, found.revision)) return found;
    }
  }

  async due(at: EpochMs, most: number): Promise<readonly Document<Body>[]> {
    return this.#documents.due<Body>(this.#name, at, most);
  }
}

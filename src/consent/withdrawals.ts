/** Withdrawals as documents: what is written down of them by gateways, and what operators state and read. */
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import { randomUUID } from 'node:crypto';
import type { Document, DocumentStore } from '../store/document-store.ts';
import type { Marks } from './marks.ts';
import { ruleOf } from './rules.ts';
import { newWithdrawal, type Demand, type Lift, type Withdrawal } from './withdrawal.ts';

const COLLECTION = 'consent_withdrawals';
/** One document, written anew with every change of any withdrawal. */
const CHANGES = 'consent_changes';
const ALL = 1_000_000;

/** What an operator states. */
export interface Statement {
  companyId: string;
  /** All idents of the vehicle. */
  idents: readonly string[];
  /** What devices say under these idents is meant, too. */
  shared: boolean;
  protocol: string | null;
  demand: Demand;
  cause: string;
  by: string;
  statedAt: EpochMs | null;
}

export interface WithdrawalsParts {
  documents: DocumentStore;
  marks: Marks;
  now: Clock;
}

export class Withdrawals {
  readonly marks: Marks;
  readonly #documents: DocumentStore;
  readonly #now: Clock;

  constructor({ documents, marks, now }: WithdrawalsParts) {
    this.#documents = documents;
    this.marks = marks;
    this.#now = now;
  }

  /** Takes down what an operator states; it holds from then on. Fails with `consent_invalid` where it names no vehicle. */
  async withdraw({ idents, ...statement }: Statement): Promise<Withdrawal> {
    const named = [...new Set(idents.map((ident) => ident.trim()).filter((ident) => ident !== ''))];
    if (named.length === 0) throw new GatewayError('consent_invalid', 'it names no vehicle');
    const at = this.#now();
    const made = newWithdrawal(
      {
        ...statement,
        id: randomUUID(),
        vehicles: named.map((ident) => this.marks.of(ident)[0]),
        idents: named,
        received: { receivedAt: at, record: null },
        stoppedAt: at,
      },
      ruleOf(statement.protocol).withinMs,
    );
    await this.add(made);
    return made;
  }

  /** Writes down a withdrawal; nothing where it is there already. */
  async add(withdrawal: Withdrawal): Promise<void> {
    const { id, companyId, received } = withdrawal;
    // Due for ever: all are to be known to every gateway, whosesoever they are.
    const made = { id, companyId, uniqueKey: null, dueAt: received.receivedAt, body: withdrawal };
    if (await this.#documents.insert(COLLECTION, made)) await this.#tell();
  }

  /** Ends a withdrawal: what comes from now on may be kept again. Fails with `consent_unknown`. */
  async grant(companyId: string, id: string): Promise<Withdrawal> {
    await this.get(companyId, id);
    return this.lift(id, { by: 'operator', at: { receivedAt: this.#now(), record: null } });
  }

  /** Writes down what has lifted a withdrawal; the first that did counts. */
  lift(id: string, lift: Lift): Promise<Withdrawal> {
    return this.change(id, (is) => (is.lifted === null ? { ...is, lifted: lift } : is));
  }

  /** Changes a withdrawal; where somebody else changes it meanwhile, anew. Fails with `consent_unknown`. */
  async change(id: string, make: (withdrawal: Withdrawal) => Withdrawal): Promise<Withdrawal> {
    for (;;) {
      const found = await this.#documents.document<Withdrawal>(COLLECTION, id);
      if (found === null) throw unknown(id);
      const body = make(found.body);
      if (body === found.body) return body;
      if ((await this.#documents.replace(COLLECTION, { ...found, body })) !== 'replaced') continue;
      await this.#tell();
      return body;
    }
  }

  /** Gives one of the company. Fails with `consent_unknown`. */
  async get(companyId: string, id: string): Promise<Withdrawal> {
    const found = await this.#documents.document<Withdrawal>(COLLECTION, id);
    if (found === null || found.companyId !== companyId) throw unknown(id);
    return found.body;
  }

  /** Those of a company, by ascending id. */
  async list(companyId: string, page: { afterId?: string | undefined; most: number }): Promise<readonly Withdrawal[]> {
    const { afterId, most } = page;
    const wanted = { companyId, most, ...(afterId === undefined ? {} : { afterId }) };
    return (await this.#documents.documents<Withdrawal>(COLLECTION, wanted)).map(({ body }) => body);
  }

  /** Those of all, the oldest first. */
  async all(): Promise<readonly Withdrawal[]> {
    const found: readonly Document<Withdrawal>[] = await this.#documents.due(COLLECTION, Number.MAX_SAFE_INTEGER, ALL);
    return found.map(({ body }) => body);
  }

  /** Counts the changes of all of them. */
  async changes(): Promise<number> {
    return (await this.#documents.document(CHANGES, CHANGES))?.revision ?? 0;
  }

  /** Tells every gateway that something has changed. */
  async #tell(): Promise<void> {
    for (;;) {
      const found = await this.#documents.document(CHANGES, CHANGES);
      const body = { at: this.#now() };
      const written =
        found === null
          ? await this.#documents.insert(CHANGES, { id: CHANGES, companyId: '', uniqueKey: null, dueAt: null, body })
          : (await this.#documents.replace(CHANGES, { ...found, body })) === 'replaced';
      if (written) return;
    }
  }
}

function unknown(id: string): GatewayError {
  return new GatewayError('consent_unknown', `no withdrawal of a consent has the id "${id}"`);
}

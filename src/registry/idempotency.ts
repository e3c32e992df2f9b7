/** Keeps the answers to requests that callers may repeat under a key of their own: the same key gives the same answer. */
import { createHash, randomUUID } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import type { Json } from '#model/json';
import type { Document, DocumentStore } from '../store/document-store.ts';
import { Collection } from './collection.ts';

/** What is repeated: whose key it is, and a hash of all that was asked. */
export interface Repeatable {
  companyId: string;
  key: string;
  request: string;
}

interface Body {
  request: string;
  /** Id for what the request makes: whoever makes it once more after a crash finds that it is there. */
  oid: string;
  beganAt: EpochMs;
  /** `null` while the request is under way. */
  answer: { body: Json } | null;
}

/** How long an answer is kept, ms. */
const KEEP_MS = 24 * 3_600_000;
/** A request under way for longer has died with its process, ms. */
const DEAD_MS = 60_000;
/** Kept answers that are cleared away for each new one. */
const CLEARED = 20;
/** Kept answers that are looked through at a time. */
const LISTED = 500;

export class Idempotency {
  readonly #answers: Collection<Body>;
  readonly #now: Clock;

  constructor(documents: DocumentStore, now: Clock) {
    this.#answers = new Collection(documents, 'idempotency', gone);
    this.#now = now;
  }

  /**
   * Acts once for a key and keeps the answer; an error is not kept, so that the request can be mended and made again. `act` is given
   * the id for what it makes. Fails with `repeat_other` where the key came with another request, `repeat_busy` where it is under way.
   */
  async once(repeatable: Repeatable, act: (oid: string) => Promise<Json>): Promise<{ body: Json; isReplayed: boolean }> {
    const begun = await this.#begin(repeatable);
    if (begun.body.answer !== null) return { ...begun.body.answer, isReplayed: true };
    try {
      const body = await act(begun.body.oid);
      await this.#answers.offer({ ...begun, body: { ...begun.body, answer: { body } } });
      return { body, isReplayed: false };
    } catch (error) {
      await this.#answers.remove(begun.companyId, begun.id).catch(() => undefined);
      throw error;
    }
  }

  /** Forgets the answers of a company that say a thing. Gives how many they were. */
  async forget(companyId: string, says: (text: string) => boolean): Promise<number> {
    let forgotten = 0;
    for (let afterId: string | undefined; ;) {
      const page = await this.#answers.list(companyId, { afterId, most: LISTED });
      for (const { id, body } of page) {
        if (body.answer === null || !says(JSON.stringify(body.answer.body))) continue;
        await this.#answers.remove(companyId, id).catch(() => undefined);
        forgotten++;
      }
      if (page.length < LISTED) return forgotten;
      afterId = page.at(-1)?.id;
    }
  }

  async #begin({ companyId, key, request }: Repeatable): Promise<Document<Body>> {
    const at = this.#now();
    const id = createHash('sha256')
      .update(JSON.stringify([companyId, key]))
      .digest('hex');
    const dueAt = at + KEEP_MS;
    await this.#clear(at);
    for (;;) {
      const body: Body = { request, oid: randomUUID(), beganAt: at, answer: null };
      if (await this.#answers.insert(companyId, id, body, { dueAt })) {
        return { id, companyId, uniqueKey: null, dueAt, revision: 1, body };
      }
      const found = await this.#answers.find(id);
      if (found === null) continue;
      if (found.body.request !== request) {
        throw new GatewayError('repeat_other', 'this idempotency key came with another request before');
      }
      if (found.body.answer !== null) return found;
      if (at - found.body.beganAt < DEAD_MS) {
        throw new GatewayError('repeat_busy', 'a request with this idempotency key is under way');
      }
      const taken = { ...found, body: { ...found.body, beganAt: at } };
      if (await this.#answers.offer(taken)) return { ...taken, revision: found.revision + 1 };
    }
  }

  async #clear(at: EpochMs): Promise<void> {
    for (const { companyId, id } of await this.#answers.due(at, CLEARED)) {
      await this.#answers.remove(companyId, id).catch(() => undefined);
    }
  }
}

/** Somebody else has cleared it away: nothing is lost by that. */
function gone(): GatewayError {
  return new GatewayError('bug_invariant', 'an answer that was kept is gone');
}

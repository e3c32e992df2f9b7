/** One gateway's turn at an endpoint: it tries what is due, in order, until nothing is, and lets go. */
import { setTimeout as pause } from 'node:timers/promises';
import { findGatewayError } from '#errors/gateway-error';
import type { ErrorCode } from '#errors/codes';
import type { Clock, EpochMs } from '#model/clocks';
import type { SealedBox } from '../secrets/sealed-box.ts';
import type { Document, DocumentStore } from '../store/document-store.ts';
import { FAR, deliveriesOf, enqueue, queuesOf, queueWrite, storedDelivery, type Queue, type QueueDocument } from './backlog.ts';
import { settled, withAttempt, type Delivery, type DeliveryDocument } from './delivery.ts';
import { secretsInForce, type EndpointBody } from './endpoint.ts';
import { WEBHOOKS, disableEndpoint, secretContext } from './endpoints.ts';
import type { HeldLane } from './lanes.ts';
import { judge, type PostResult, type Verdict } from './outcome.ts';
import type { Post } from './post.ts';
import { nextTryAt, restMs, type RetryRules } from './schedule.ts';
import { sign } from './signature.ts';
import type { Slots } from './slots.ts';

/** What sending needs, whichever the endpoint. */
export interface SendingOptions {
  documents: DocumentStore;
  secrets: Pick<SealedBox, 'open'>;
  poster: { post(post: Post, signal: AbortSignal): Promise<PostResult> };
  slots: Slots;
  rules: RetryRules & {
    /** An endpoint none of whose tries succeeded for so long is disabled, ms. */
    disableAfterMs: number;
    /** How long ended deliveries are kept, ms. */
    keepMs: number;
    /** Tries of one endpoint at a time. */
    triesPerEndpoint: number;
  };
  now: Clock;
  /** From 0 to 1. */
  random: () => number;
  /** How long a lane is held without a word of its holder, ms. */
  leaseMs: number;
  onTry: (code: ErrorCode | 'none', durationMs: number) => void;
  onSettled: (outcome: 'delivered' | 'failed') => void;
  onDisabled: (endpointId: string, reason: string) => void;
}

/** Documents that are written or removed at once. */
const BATCH = 100;
/** How soon what others have added is noticed while tries are under way, ms. */
const LOOK_MS = 250;

type EndpointDocument = Document<EndpointBody>;

export class LaneRun {
  readonly #options: SendingOptions;
  readonly #lane: HeldLane;
  readonly #endpointId: string;
  /** Tries under way, by the subject of their queue. */
  readonly #flying = new Map<string, Promise<void>>();
  /** Ends tries under way. */
  readonly #cut = new AbortController();
  readonly #stopping: AbortSignal;
  #trouble: unknown = null;
  /** When a try ended in failure last. */
  #failedAt: EpochMs = 0;

  constructor(lane: HeldLane, options: SendingOptions, stopping: AbortSignal) {
    this.#lane = lane;
    this.#options = options;
    this.#endpointId = lane.name.endpointId;
    this.#stopping = stopping;
  }

  /** Sends until nothing is due, or `stopping` aborts. Rejects where the store refuses; the lane is free again after its lease. */
  async run(): Promise<void> {
    try {
      while (!(await this.#step())) {
        if (this.#flying.size === 0) continue;
        await Promise.race([...this.#flying.values(), pause(LOOK_MS)]);
      }
    } finally {
      this.#cut.abort();
      await Promise.all(this.#flying.values());
    }
  }

  /** Ends tries under way without counting them. */
  cut(): void {
    this.#cut.abort();
  }

  /** Does what can be done at this moment; true when the lane is let go. */
  async #step(): Promise<boolean> {
    const { documents, now } = this.#options;
    if (this.#trouble !== null) throw this.#trouble;
    if (!(await this.#keepLane())) return true;
    if (this.#stopping.aborted) return this.#flying.size === 0 && this.#release();
    const endpoint = await documents.document<EndpointBody>(WEBHOOKS, this.#endpointId);
    if (endpoint === null) return this.#clear();
    const busy =
      endpoint.body.disabled === null
        ? await this.#launch()
        : await this.#giveUpAll(`the webhook is disabled: ${endpoint.body.disabled.reason}`);
    const forgot = await this.#forget(now());
    return !busy && !forgot && this.#flying.size === 0 && this.#release();
  }

  async #keepLane(): Promise<boolean> {
    const { now, leaseMs } = this.#options;
    const at = now();
    if (this.#lane.state.heldUntil - at > leaseMs / 2) return true;
    return this.#lane.change({ heldUntil: at + leaseMs });
  }

  /** Lets go of the lane until the next try, or until something is to be forgotten. */
  async #release(): Promise<boolean> {
    const { documents, now } = this.#options;
    const [queue] = await documents.due<Queue>(queuesOf(this.#endpointId), FAR, 1);
    const [oldest] = await documents.due<Delivery>(deliveriesOf(this.#endpointId), FAR, 1);
    if (queue === undefined && oldest?.body.status === 'pending') {
      // Whoever added it died before it was queued.
      const added = await documents.due<Delivery>(deliveriesOf(this.#endpointId), FAR, BATCH);
      await enqueue(
        documents,
        added.filter(({ body }) => body.status === 'pending'),
        now(),
      );
      return false;
    }
    const tryAt = queue === undefined ? FAR : Math.max(queue.dueAt ?? 0, this.#lane.state.restsUntil);
    const forgetAt = oldest === undefined || oldest.body.status === 'pending' ? FAR : (oldest.dueAt ?? FAR);
    const dueAt = Math.min(tryAt, forgetAt);
    if (dueAt <= now() && !this.#stopping.aborted) return false;
    if (await this.#lane.release(dueAt === FAR ? null : dueAt)) return true;
    return !(await this.#lane.refresh());
  }

  /** Begins what is due, as far as the endpoint takes it; tells whether that was anything. */
  async #launch(): Promise<boolean> {
    const { documents, now, rules } = this.#options;
    const { failures, restsUntil } = this.#lane.state;
    if (restsUntil > now()) return false;
    // One that fails is tried by one delivery at a time.
    const width = failures > 0 ? 1 : rules.triesPerEndpoint;
    if (this.#flying.size >= width) return false;
    const due = await documents.due<Queue>(queuesOf(this.#endpointId), now(), width + this.#flying.size);
    const ready = due.filter(({ id }) => !this.#flying.has(id)).slice(0, width - this.#flying.size);
    for (const queue of ready) {
      const flight = this.#try(queue, failures > 0)
        .catch((error: unknown) => {
          if (!this.#cut.signal.aborted) this.#trouble = error;
        })
        .finally(() => this.#flying.delete(queue.id));
      this.#flying.set(queue.id, flight);
    }
    return ready.length > 0;
  }

  /** Tries the first delivery of a queue, once. */
  async #try(queue: QueueDocument, failing: boolean): Promise<void> {
    const { documents, now, slots } = this.#options;
    const id = queue.body.pending[0]?.id ?? '';
    const delivery = await storedDelivery(documents, this.#endpointId, id);
    if (delivery?.body.status !== 'pending') {
      // It ended in an earlier life, which did not come to say so here.
      await documents.writeAll([queueWrite(this.#endpointId, queue, id, null, now())]);
      return;
    }
    const end = await slots.take(failing);
    try {
      if (this.#cut.signal.aborted || this.#stopping.aborted) return;
      // Read behind the wait for a slot, which can be long: nothing goes to an address that was taken back.
      const endpoint = await documents.document<EndpointBody>(WEBHOOKS, this.#endpointId);
      if (endpoint === null || endpoint.body.disabled !== null) return;
      const at = now();
      const result = await this.#post(delivery.body, endpoint, at);
      await this.#record(queue, delivery, at, result);
    } finally {
      end();
    }
  }

  async #post({ webhookId, payload }: Delivery, endpoint: EndpointDocument, at: EpochMs): Promise<PostResult> {
    const { secrets, poster } = this.#options;
    const timestampS = Math.floor(at / 1_000);
    let signature: string;
    try {
      const known = secretsInForce(endpoint.body, at).map(({ sealed }) => secrets.open(sealed, secretContext(endpoint.id)));
      signature = sign({ id: webhookId, timestampS, body: payload }, known);
    } catch (error) {
      const found = findGatewayError(error);
      if (found === undefined) throw error;
      return { ms: 0, status: null, code: found.code, detail: found.message };
    }
    const headers = { 'webhook-id': webhookId, 'webhook-timestamp': String(timestampS), 'webhook-signature': signature };
    return poster.post({ url: endpoint.body.url, headers, body: payload }, this.#cut.signal);
  }

  /** Writes down how a try ended, and what follows. */
  async #record(queue: QueueDocument, delivery: DeliveryDocument, at: EpochMs, result: PostResult): Promise<void> {
    const { now, rules, random, onTry, onSettled } = this.#options;
    const verdict = judge(result, now());
    onTry(verdict.code ?? 'none', result.ms);
    const attempt = {
      at,
      durationMs: result.ms,
      httpStatus: result.status,
      code: verdict.code,
      detail: verdict.detail,
      response: result.status === null ? null : result.response,
    };
    const tried = { ...delivery, body: withAttempt(delivery.body, attempt) };
    const { tries, once } = tried.body;
    const failures = { tries, firstTryAt: tried.body.firstTryAt ?? at, now: now(), retryAfterMs: verdict.retryAfterMs };
    const retryAt = verdict.outcome === 'failed' && !once ? nextTryAt(rules, failures, random()) : null;
    const ended = verdict.outcome === 'delivered' ? 'delivered' : 'failed';
    const outcome =
      ended === 'failed' && tries > 1 ? `given up after ${tries} tries; the last: ${verdict.detail}` : verdict.detail;
    const next =
      retryAt === null
        ? settled(tried, ended, outcome, now(), rules.keepMs)
        : { ...tried, body: { ...tried.body, nextTryAt: retryAt } };
    if ((await this.#write(queue, next, retryAt)) && retryAt === null) onSettled(ended);
    await this.#fare(verdict, next.body, at);
  }

  /** Writes delivery and queue; false where somebody else has changed the delivery, who then has the last word. */
  async #write(queue: QueueDocument, delivery: DeliveryDocument, retryAt: EpochMs | null): Promise<boolean> {
    const { documents, now } = this.#options;
    const collection = deliveriesOf(this.#endpointId);
    const queued = (from: QueueDocument) => queueWrite(this.#endpointId, from, delivery.id, retryAt, now());
    const [kept = false, moved = false] = await documents.writeAll([{ collection, replace: delivery }, queued(queue)]);
    // Deliveries may have been added meanwhile.
    for (let done = moved; !done;) {
      const stored = await documents.document<Queue>(queuesOf(this.#endpointId), queue.id);
      if (stored === null) break;
      [done = false] = await documents.writeAll([queued(stored)]);
    }
    if (kept) return true;
    const stored = await storedDelivery(documents, this.#endpointId, delivery.id);
    if (stored?.body.status === 'pending') await enqueue(documents, [stored], now());
    return false;
  }

  /** Keeps how the endpoint fares, and disables one that is gone, or has failed for too long. */
  async #fare(verdict: Verdict, delivery: Delivery, triedAt: EpochMs): Promise<void> {
    const { now, rules, random } = this.#options;
    const { failures: before, failingSince } = this.#lane.state;
    if (verdict.outcome === 'delivered') {
      if (before > 0) await this.#lane.change({ failures: 0, failingSince: null, restsUntil: 0 });
      return;
    }
    const at = now();
    const since = failingSince ?? at;
    // Tries that were under way together fail together: that is one failure.
    const failures = before > 0 && triedAt <= this.#failedAt ? before : before + 1;
    this.#failedAt = at;
    const restsUntil = at + restMs(rules, failures, verdict.retryAfterMs, random());
    await this.#lane.change({ failures, failingSince: since, restsUntil });
    if (verdict.outcome === 'gone') await this.#disable('the receiver answered 410 Gone');
    else if (at - since >= rules.disableAfterMs && delivery.tries > 1) {
      const when = new Date(since).toISOString();
      await this.#disable(`no try has succeeded since ${when}; the last: ${verdict.detail}`);
    }
  }

  async #disable(reason: string): Promise<void> {
    const { documents, now, onDisabled } = this.#options;
    if (await disableEndpoint(documents, this.#endpointId, reason, now())) onDisabled(this.#endpointId, reason);
  }

  /** Ends deliveries that are not to be sent, some at a time; tells whether there were any. */
  async #giveUpAll(reason: string): Promise<boolean> {
    const { documents, now, rules, onSettled } = this.#options;
    const collection = deliveriesOf(this.#endpointId);
    const queues = (await documents.due<Queue>(queuesOf(this.#endpointId), FAR, BATCH)).filter(
      ({ id }) => !this.#flying.has(id),
    );
    for (const queue of queues) {
      const ids = queue.body.pending.map(({ id }) => id);
      const stored = await Promise.all(ids.map((id) => storedDelivery(documents, this.#endpointId, id)));
      const ended = stored
        .filter((delivery) => delivery?.body.status === 'pending')
        .map((delivery) => settled(delivery as DeliveryDocument, 'failed', reason, now(), rules.keepMs));
      await documents.writeAll([
        ...ended.map((delivery) => ({ collection, replace: delivery })),
        { collection: queuesOf(this.#endpointId), remove: { id: queue.id, ifRevision: queue.revision } },
      ]);
      for (const _ of ended) onSettled('failed');
    }
    return queues.length > 0;
  }

  /** Forgets ended deliveries that were kept long enough, some at a time; tells whether there may be more. */
  async #forget(at: EpochMs): Promise<boolean> {
    const { documents } = this.#options;
    const collection = deliveriesOf(this.#endpointId);
    const due = await documents.due<Delivery>(collection, at, BATCH);
    const ended = due.filter(({ body }) => body.status !== 'pending');
    if (ended.length === 0) return false;
    await documents.writeAll(ended.map(({ id, revision }) => ({ collection, remove: { id, ifRevision: revision } })));
    return due.length === BATCH;
  }

  /** Removes what is left of an endpoint that was deleted, some at a time; true when nothing is. */
  async #clear(): Promise<boolean> {
    const { documents } = this.#options;
    const { companyId } = this.#lane.name;
    this.#cut.abort();
    const [queues, deliveries] = [queuesOf(this.#endpointId), deliveriesOf(this.#endpointId)];
    const page = { companyId, most: BATCH };
    const [lists, logs] = [await documents.documents(queues, page), await documents.documents(deliveries, page)];
    await documents.writeAll([
      ...lists.map(({ id, revision }) => ({ collection: queues, remove: { id, ifRevision: revision } })),
      ...logs.map(({ id, revision }) => ({ collection: deliveries, remove: { id, ifRevision: revision } })),
    ]);
    if (lists.length + logs.length > 0 || this.#flying.size > 0) return false;
    if (await this.#lane.remove()) return true;
    return !(await this.#lane.refresh());
  }
}

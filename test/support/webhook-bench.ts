import { randomBytes } from 'node:crypto';
import type { ErrorCode } from '#errors/codes';
import type { Tracker } from '#model/tracker';
import { PAYLOAD_SHAPES } from '../../src/app-webhooks.ts';
import { SealedBox } from '../../src/secrets/sealed-box.ts';
import { aTracker, registered } from '../../src/store/samples.ts';
import { move, type Trigger } from '../../src/lifecycle/transitions.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/store.ts';
import { AddressRule } from '../../src/webhooks/address-rule.ts';
import { WebhookDispatcher, type DispatcherOptions } from '../../src/webhooks/dispatcher.ts';
import { DeliveryLog } from '../../src/webhooks/delivery-log.ts';
import { WebhookDesk } from '../../src/webhooks/desk.ts';
import type { PostResult } from '../../src/webhooks/outcome.ts';
import type { Post } from '../../src/webhooks/post.ts';
import { Slots } from '../../src/webhooks/slots.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
export const T0 = Date.UTC(2026, 0, 5, 8);

/** Gives a result, at once or later. */
export type Answering = (post: Post) => PostResult | Promise<PostResult>;

export const answer = (status: number, retryAfter: string | null = null): PostResult => ({
  ms: 3,
  status,
  retryAfter,
  response: `answer ${status}`,
});

/** Webhooks without a network: receivers are functions, the clock stands still until it is moved. */
export class WebhookBench {
  readonly posts: Post[] = [];
  /** Answers by address; 204 where there is none. */
  readonly receivers = new Map<string, Answering>();
  readonly outcomes: string[] = [];
  readonly tries: (ErrorCode | 'none')[] = [];
  readonly disabled: string[] = [];
  readonly troubles: unknown[] = [];
  readonly store: SqliteStore;
  readonly desk: WebhookDesk;
  readonly log: DeliveryLog;
  now = T0;
  readonly #path: string;
  readonly #open: SqliteStore[] = [];
  readonly #box = new SealedBox([new Uint8Array(32)]);

  /** On a file, several dispatchers work as several gateways do. */
  constructor(path = ':memory:') {
    this.#path = path;
    this.store = this.#openStore();
    const common = { documents: this.store.documents, now: () => this.now, randomBytes };
    this.desk = new WebhookDesk({
      ...common,
      secrets: this.#box,
      urls: { allowHttp: true, addresses: new AddressRule([]) },
      endpointsPerCompany: 3,
      secretOverlapMs: DAY,
    });
    this.log = new DeliveryLog({ ...common, desk: this.desk });
  }

  /** A dispatcher as a gateway of this name has it, on a store of its own where there is a file. */
  gateway(gatewayId = 'a', options: Partial<DispatcherOptions> = {}): WebhookDispatcher {
    const store = this.#path === ':memory:' ? this.store : this.#openStore();
    return new WebhookDispatcher({
      source: store,
      shapes: PAYLOAD_SHAPES,
      documents: store.documents,
      secrets: this.#box,
      poster: { post: (post, signal) => this.#post(post, signal) },
      slots: new Slots(64),
      rules: {
        firstMs: 5_000,
        longestMs: 12 * HOUR,
        giveUpMs: 3 * DAY,
        disableAfterMs: 5 * DAY,
        keepMs: 30 * DAY,
        triesPerEndpoint: 4,
      },
      now: () => this.now,
      random: () => 0.5,
      leaseMs: 30_000,
      gatewayId,
      lookMs: 10,
      onTry: (code) => this.tries.push(code),
      onSettled: (outcome) => this.outcomes.push(outcome),
      onDisabled: (_id, reason) => this.disabled.push(reason),
      onLooked: () => undefined,
      onTrouble: (error) => this.troubles.push(error),
      ...options,
    });
  }

  /** Looks until nothing is due at this moment. */
  async settle(gateway: WebhookDispatcher): Promise<void> {
    for (let before = -1; before < this.posts.length;) {
      before = this.posts.length;
      await gateway.look();
      await gateway.idle();
    }
  }

  /** Registers a tracker and moves it, each a second after the other. */
  async tracker(oid: string, triggers: readonly Trigger[] = [], fields: Partial<Tracker> = {}): Promise<Tracker> {
    let tracker = aTracker(oid, { companyId: 'acme', registeredAt: this.now, statusAt: this.now, ...fields });
    this.store.register(registered(tracker));
    for (const trigger of triggers) tracker = this.move(tracker, trigger);
    return tracker;
  }

  move(tracker: Tracker, trigger: Trigger): Tracker {
    this.now += 1_000;
    const result = move(tracker, { trigger, cause: 'because', at: this.now });
    if (result.refusal !== null) throw new Error(result.refusal.reason);
    const change = { tracker: result.tracker, transitions: [result.transition], outbox: [] };
    if (!this.store.update(change, tracker.revision)) throw new Error('somebody else has moved it');
    return result.tracker;
  }

  /** Transitions that were posted, as `oid: status`, in order; of one address where it is given. */
  told(url?: string): string[] {
    return this.posts
      .filter((post) => url === undefined || post.url === url)
      .map(({ body }) => {
        const { type, data } = JSON.parse(body) as {
          type: string;
          data: { tracker?: { oid: string }; transition?: { to: string } };
        };
        return data.tracker === undefined ? type : `${data.tracker.oid}: ${data.transition?.to}`;
      });
  }

  /** Closes its stores; throws where the store refused something meanwhile. */
  close(): void {
    for (const store of this.#open) store.close();
    if (this.troubles.length > 0) throw new AggregateError(this.troubles, 'there was trouble with the store');
  }

  #openStore(): SqliteStore {
    const store = openSqliteStore(this.#path);
    this.#open.push(store);
    return store;
  }

  async #post(post: Post, signal: AbortSignal): Promise<PostResult> {
    this.posts.push(post);
    const cut = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    return Promise.race([this.receivers.get(post.url)?.(post) ?? answer(204), cut]);
  }
}

/** Drives the sending of webhooks: notices become deliveries, and endpoints with something to do get their turn. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EpochMs } from '#model/clocks';
import type { Delivery } from './delivery.ts';
import { announce, type NoticeSource } from './announce.ts';
import { deliveriesOf, FAR } from './backlog.ts';
import type { PayloadShapes } from './payload.ts';
import { LaneRun, type SendingOptions } from './lane-run.ts';
import { freeLanes, HeldLane, LANES, lanesLeftBy, type LaneDocument } from './lanes.ts';

export interface DispatcherOptions extends SendingOptions {
  source: NoticeSource;
  shapes: PayloadShapes;
  /** Names this gateway, in this life and the next. */
  gatewayId: string;
  /** Pause between two looks at the store, ms. */
  lookMs: number;
  onTrouble: (error: unknown) => void;
  /** The store was asked and did not refuse. */
  onLooked: () => void;
}

const NOTICES_AT_ONCE = 200;
const LANES_AT_ONCE = 500;
/** How often the oldest undelivered event is looked for, ms. */
const LAG_EVERY_MS = 10_000;
/** Time that tries under way have when the gateway stops, ms. */
const LANDING_MS = 2_000;

export class WebhookDispatcher {
  readonly #options: DispatcherOptions;
  readonly #stopping = new AbortController();
  readonly #runs = new Map<string, { run: LaneRun; ended: Promise<void> }>();
  #loop: Promise<void> = Promise.resolve();
  #first = true;
  #oldestAt: EpochMs | null = null;
  #lagLookedAt = -Infinity;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Begins to send. */
  start(): void {
    this.#loop = this.#keepLooking();
  }

  /** Lets tries under way end, for a moment, and lets go of all lanes. What is not recorded is sent again by whoever is next. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await Promise.race([this.idle(), pause(LANDING_MS, undefined, { ref: false })]);
    for (const { run } of this.#runs.values()) run.cut();
    await this.idle();
  }

  /** Age of the oldest event that is not delivered and not given up, ms; 0 where there is none. Looked up now and then. */
  get lagMs(): number {
    return this.#oldestAt === null ? 0 : Math.max(0, this.#options.now() - this.#oldestAt);
  }

  /** Resolves when no endpoint has its turn. */
  async idle(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended));
  }

  /** Does what is due. Not to be called while it is at work. */
  async look(): Promise<void> {
    const { source, documents, rules, shapes, now, gatewayId, leaseMs } = this.#options;
    for (let more = true; more && !this.#stopping.signal.aborted;) {
      const notices = await announce(source, documents, { most: NOTICES_AT_ONCE, keepMs: rules.keepMs, shapes, now: now() });
      more = notices === NOTICES_AT_ONCE;
    }
    const at = now();
    const left = this.#first ? await lanesLeftBy(documents, gatewayId, at + leaseMs, LANES_AT_ONCE) : [];
    const free = await freeLanes(documents, at, LANES_AT_ONCE);
    for (const lane of [...left, ...free]) await this.#take(lane);
    this.#first = false;
    if (at - this.#lagLookedAt >= LAG_EVERY_MS) await this.#lookForLag(at);
  }

  async #keepLooking(): Promise<void> {
    const { lookMs, onLooked, onTrouble } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.look().then(onLooked, onTrouble);
      await pause(lookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #take(lane: LaneDocument): Promise<void> {
    const { documents, gatewayId, now, leaseMs, onTrouble } = this.#options;
    if (this.#runs.has(lane.id) || this.#stopping.signal.aborted) return;
    const held = await HeldLane.take(documents, lane, gatewayId, now() + leaseMs);
    if (held === null) return;
    const run = new LaneRun(held, this.#options, this.#stopping.signal);
    const ended = run
      .run()
      .catch(onTrouble)
      .finally(() => this.#runs.delete(lane.id));
    this.#runs.set(lane.id, { run, ended });
  }

  /** Asks every lane that is due at some time for its oldest pending delivery. */
  async #lookForLag(at: EpochMs): Promise<void> {
    const { documents } = this.#options;
    let oldest: EpochMs | null = null;
    for (const { id } of await documents.due(LANES, FAR, LANES_AT_ONCE)) {
      const [delivery] = await documents.due<Delivery>(deliveriesOf(id), at, 1);
      if (delivery?.body.status !== 'pending') continue;
      oldest = Math.min(oldest ?? FAR, delivery.dueAt ?? at);
    }
    this.#oldestAt = oldest;
    this.#lagLookedAt = at;
  }
}

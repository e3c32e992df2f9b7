/**
 * Lanes: who sends to an endpoint, when there is something to do for it, and how it fares. One gateway at a time holds a lane,
 * so that two that share a store do not both send, and order and concurrency are kept by one.
 */
import type { EpochMs } from '#model/clocks';
import type { Document, DocumentStore } from '../store/document-store.ts';

export const LANES = 'webhook_lanes';

export interface Lane {
  /** The gateway that sends; `null` where none does. */
  holder: string | null;
  /** A gateway that died holds it no longer than that. */
  heldUntil: EpochMs;
  /** Counts what was added while it was held: the holder looks again before it lets go. */
  calls: number;
  /** Tries that failed since the last that did not. */
  failures: number;
  /** When the first of them was; `null` where there is none. */
  failingSince: EpochMs | null;
  /** Until then the receiver is left alone. */
  restsUntil: EpochMs;
}
/** Due while it is held: when it is held no longer. */
export type LaneDocument = Document<Lane>;

const NEW_LANE: Lane = { holder: null, heldUntil: 0, calls: 0, failures: 0, failingSince: null, restsUntil: 0 };

/** An endpoint by its ids. */
export interface LaneName {
  endpointId: string;
  companyId: string;
}

/** Lets whoever holds an endpoint's lane, or will, know that there is something to do. `change` alters how it fares. */
export async function callLane(
  documents: DocumentStore,
  { endpointId, companyId }: LaneName,
  now: EpochMs,
  change: Partial<Pick<Lane, 'failures' | 'failingSince' | 'restsUntil'>> = {},
): Promise<void> {
  for (;;) {
    const lane = await documents.document<Lane>(LANES, endpointId);
    if (lane === null) {
      const made = { id: endpointId, companyId, uniqueKey: null, dueAt: now, body: { ...NEW_LANE, ...change } };
      if (await documents.insert(LANES, made)) return;
      continue;
    }
    const isHeld = lane.body.heldUntil > now;
    if (!isHeld && lane.dueAt !== null && lane.dueAt <= now && Object.keys(change).length === 0) return;
    const body = { ...lane.body, ...change, calls: lane.body.calls + 1 };
    const called = { ...lane, dueAt: isHeld ? lane.dueAt : now, body };
    if ((await documents.replace(LANES, called)) === 'replaced') return;
  }
}

/** Lanes that may be taken, the longest due first: there is something to do, and nobody holds them any longer. */
export async function freeLanes(documents: DocumentStore, now: EpochMs, most: number): Promise<readonly LaneDocument[]> {
  return documents.due<Lane>(LANES, now, most);
}

/** Lanes that a gateway held when it died. */
export async function lanesLeftBy(
  documents: DocumentStore,
  holder: string,
  until: EpochMs,
  most: number,
): Promise<readonly LaneDocument[]> {
  const due = await documents.due<Lane>(LANES, until, most);
  return due.filter(({ body }) => body.holder === holder);
}

/** A lane as the gateway that sends on it holds it. Every change says whether it still does. */
export class HeldLane {
  readonly #documents: DocumentStore;
  readonly #holder: string;
  #document: LaneDocument;

  private constructor(documents: DocumentStore, holder: string, document: LaneDocument) {
    this.#documents = documents;
    this.#holder = holder;
    this.#document = document;
  }

  /** Takes a lane; `null` where another gateway was faster. */
  static async take(documents: DocumentStore, lane: LaneDocument, holder: string, until: EpochMs): Promise<HeldLane | null> {
    const taken = { ...lane, dueAt: until, body: { ...lane.body, holder, heldUntil: until } };
    const outcome = await documents.replace(LANES, taken);
    return outcome === 'replaced' ? new HeldLane(documents, holder, { ...taken, revision: lane.revision + 1 }) : null;
  }

  get name(): LaneName {
    return { endpointId: this.#document.id, companyId: this.#document.companyId };
  }

  get state(): Lane {
    return this.#document.body;
  }

  /** Changes the lane, however often it was called meanwhile; false where it is no longer held. */
  async change(body: Partial<Lane>): Promise<boolean> {
    for (;;) {
      const { heldUntil } = { ...this.#document.body, ...body };
      const changed = { ...this.#document, dueAt: heldUntil, body: { ...this.#document.body, ...body } };
      if (await this.#replace(changed)) return true;
      if (!(await this.#reload())) return false;
    }
  }

  /** Lets go of it until it is due; false where it was called meanwhile, or is no longer held. */
  async release(dueAt: EpochMs | null): Promise<boolean> {
    const body = { ...this.#document.body, holder: null, heldUntil: 0 };
    return this.#replace({ ...this.#document, dueAt, body });
  }

  /** Ends the lane with its endpoint; false where it was called meanwhile. */
  async remove(): Promise<boolean> {
    return this.#documents.remove(LANES, this.#document.id, this.#document.revision);
  }

  /** Reads how it stands; false where it is held no longer. */
  async refresh(): Promise<boolean> {
    return this.#reload();
  }

  async #replace(changed: LaneDocument): Promise<boolean> {
    if ((await this.#documents.replace(LANES, changed)) !== 'replaced') return false;
    this.#document = { ...changed, revision: changed.revision + 1 };
    return true;
  }

  async #reload(): Promise<boolean> {
    const stored = await this.#documents.document<Lane>(LANES, this.#document.id);
    if (stored?.body.holder !== this.#holder) return false;
    this.#document = stored;
    return true;
  }
}

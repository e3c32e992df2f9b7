/** Puts together what acts on withdrawn consents: the gate, and the places that are purged. */
import type { Clock } from '#model/clocks';
import type { Consent } from '#model/consent';
import type { SpoolSeq } from '#model/frame-record';
import { CODECS, decodersOf } from '#protocols/all';
import type { DecoderRegistry } from '#protocols/registry';
import { setTimeout as pause } from 'node:timers/promises';
import { placesOf } from './app-consent-places.ts';
import type { RegistryServices } from './app-registry.ts';
import { untilStored } from './app-stored.ts';
import { ConsentDesk } from './consent/desk.ts';
import { StoredGate } from './consent/gate.ts';
import { Marks } from './consent/marks.ts';
import { openStates, Purger } from './consent/purger.ts';
import { Withdrawals } from './consent/withdrawals.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import { scrubbed } from './pipeline/kept.ts';
import type { FrameOutcome, SpoolEntry } from './pipeline/ports.ts';
import type { Runner } from './pipeline/runner.ts';
import type { SealedBox } from './secrets/sealed-box.ts';
import type { ClickHouse } from './sink/clickhouse/clickhouse.ts';
import type { ClickHouseSink } from './sink/clickhouse/sink.ts';
import type { Spool } from './spool/spool.ts';
import type { StoredBook } from './store/book.ts';
import type { DocumentStore } from './store/document-store.ts';
import type { Store } from './store/store.ts';
import { Gateways } from './consent/gateways.ts';

/** Withdrawals in a store. */
function withdrawalsIn(documents: DocumentStore, secrets: SealedBox, now: Clock): Withdrawals {
  return new Withdrawals({ documents, marks: new Marks(secrets), now });
}

/** What people do about consents. */
export function consentDesk(store: Store, secrets: SealedBox, now: Clock, onStated: () => void): ConsentDesk {
  const withdrawals = withdrawalsIn(store.documents, secrets, now);
  return new ConsentDesk({ withdrawals, registry: store, protocols: [...decodersOf(CODECS).keys()], onStated });
}

/** A gate over what was withdrawn until now, by whatever company where a frame does not say whose it was. What it states is not taken. */
class ReadGate extends StoredGate {
  override take(_entry: SpoolEntry, _consents: readonly Consent[]): void {
    // It was stated when it came, to the gateway that took it.
  }
}

/** Opens such a gate, for frames that are put through the pipeline again. */
export async function readGate(documents: DocumentStore, secrets: SealedBox, spoolId: string): Promise<StoredGate> {
  const withdrawals = withdrawalsIn(documents, secrets, Date.now);
  const gate = new ReadGate({ withdrawals, spoolId, owners: { find: () => null }, now: Date.now, everyCompany: true });
  await gate.catchUp();
  return gate;
}

/** What there is once ClickHouse was reached. */
export interface Reached {
  clickhouse: ClickHouse;
  sink: ClickHouseSink;
  runner: Runner;
}

export function reachedOf(clickhouse: ClickHouse | null, sink: ClickHouseSink | null, runner: Runner | null): Reached | null {
  return clickhouse === null || sink === null || runner === null ? null : { clickhouse, sink, runner };
}

export interface ConsentParts {
  store: Store;
  secrets: SealedBox;
  spool: Spool;
  book: StoredBook;
  decoders: DecoderRegistry;
  /** What companies own and ask for. */
  registry: () => RegistryServices;
  /** `null` until ClickHouse was reached. */
  reached: () => Reached | null;
  metrics: Metrics;
  logger: Logger;
  now: Clock;
}

/** What acts on withdrawn consents. */
export interface Consenting {
  gate: StoredGate;
  /** Something was stated in this process. */
  stated: () => void;
  /** Told what each frame left. */
  noteOutcome: (outcome: FrameOutcome) => void;
  start: () => void;
  /** Takes leave for good where no withdrawal waits for this gateway; false where one does. */
  leave: () => Promise<boolean>;
  stop: () => Promise<void>;
}

const POLL_MS = 20;
/** Longest wait for what is on its way into ClickHouse; then it is tried again later. */
const SETTLE_MS = 60_000;
/** How often frames that were taken in and may not be kept are taken out of the spool, ms. */
const SCRUB_MS = 60_000;

export function openConsents(parts: ConsentParts): Consenting {
  const { store, secrets, spool, book, metrics, logger, now } = parts;
  const withdrawals = withdrawalsIn(store.documents, secrets, now);
  const gateways = new Gateways(store.documents, now);
  let settledThrough: SpoolSeq = 0;
  const purger = new Purger({
    withdrawals,
    gateway: spool.id,
    places: placesOf({
      ...parts,
      gate: () => gate,
      clickhouse: () => parts.reached()?.clickhouse ?? null,
      settledThrough: () => settledThrough,
    }),
    // Of a store in a file there is one gateway.
    gateways: () => (store.newsAtOnce === undefined ? gateways.living(spool.id) : Promise.resolve([spool.id])),
    settled: async (signal) => {
      settledThrough = await settled(parts, gate, signal);
    },
    isKnown: (id) => gate.has(id),
    now,
    onTrouble: (err) => logger.warn({ err }, 'a purge after a withdrawn consent cannot go on; it will be tried again'),
    onPurged: ({ id, companyId }) => logger.info({ withdrawal: id, company: companyId }, 'purged after a withdrawn consent'),
  });
  const gate = new StoredGate({ withdrawals, spoolId: spool.id, owners: book, now, onChange: () => purger.nudge() });
  const leftovers = new Leftovers(parts, gate);
  metrics.pull('consent_withdrawals', () =>
    Object.entries(openStates(gate.all, now())).map(([state, value]) => ({ labels: { state }, value })),
  );
  let timer: NodeJS.Timeout | undefined;
  let warned = 0;
  const look = (): void => {
    const { overdue } = openStates(gate.all, now());
    if (overdue > warned) {
      metrics.count('errors_total', { code: 'consent_overdue' });
      logger.error({ code: 'consent_overdue', overdue }, 'purges after withdrawn consents are overdue');
    }
    warned = overdue;
    void leftovers.scrub();
  };
  return {
    gate,
    stated: () => {
      gate.notice();
      purger.nudge();
    },
    noteOutcome: (outcome) => leftovers.note(outcome),
    start: () => {
      timer = setInterval(look, SCRUB_MS);
      void gateways.note(spool.id).catch(() => undefined);
      purger.nudge();
    },
    leave: async () => {
      gate.notice();
      await gate.catchUp();
      if (openStates(gate.all, now()).purging + openStates(gate.all, now()).overdue > 0) return false;
      await gateways.forget(spool.id);
      return true;
    },
    stop: async () => {
      clearInterval(timer);
      await purger.stop();
      await leftovers.end();
    },
  };
}

/**
 * Waits until all that was taken before the gate knew what it knows now is where it belongs, and the spool may let go of it. Gives the
 * last record of that.
 */
async function settled({ reached }: ConsentParts, gate: StoredGate, stopping: AbortSignal): Promise<SpoolSeq> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(SETTLE_MS)]);
  gate.notice();
  await gate.catchUp();
  let found = reached();
  for (; found === null; found = reached()) await pause(POLL_MS, undefined, { signal });
  const { sink, runner } = found;
  const through = runner.takenThrough;
  await untilStored(() => sink, through, signal);
  await runner.settle();
  await runner.ship();
  return through;
}

/** Takes what came after a withdrawal out of the spool, in which it had to be made durable like every frame. */
class Leftovers {
  readonly #parts: ConsentParts;
  readonly #gate: StoredGate;
  #through: SpoolSeq = 0;
  #last: SpoolSeq = Infinity;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: ConsentParts, gate: StoredGate) {
    this.#parts = parts;
    this.#gate = gate;
  }

  note({ seq, column }: FrameOutcome): void {
    if (column === 'refused') this.#last = seq;
  }

  scrub(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#scrub());
    return this.#turn;
  }

  end(): Promise<void> {
    return this.#turn;
  }

  async #scrub(): Promise<void> {
    const { spool, decoders, logger } = this.#parts;
    if (this.#gate.isOpen || this.#last <= this.#through) return;
    try {
      const upTo = Math.min(this.#last, spool.committedSeq);
      const report = await spool.scrub((entry) => scrubbed(entry, decoders, this.#gate), this.#through, upTo);
      this.#through = report.through;
      // Nobody knows what an earlier life has left; from now on it is known.
      if (this.#last === Infinity) this.#last = upTo;
    } catch (err) {
      logger.warn({ err }, 'frames that may not be kept are still in the spool; will be tried again');
    }
  }
}

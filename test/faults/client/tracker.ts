import { setTimeout as pause } from 'node:timers/promises';
import type { Carrier, OutgoingFrame } from './carrier.ts';
import type { AcknowledgedFrame, TrackerMemory } from './memory.ts';
import type { Script } from './script.ts';

export interface TrackerOptions {
  script: Script;
  carrier: Carrier;
  /** Records of one frame. */
  recordsPerFrame: number;
  /** Pause from an acknowledgement to the next frame, ms, asked for each time; 0 sends it at once. */
  pauseMs: number | (() => number);
  /** Every so many frames one is made that must end in quarantine; 0 for none. */
  quarantineEvery?: number;
  /** Keeps the frames it was told of. Otherwise it only counts, for runs of hours: the script knows what they said. */
  remembers?: boolean;
}

/** Pause before a frame that was not acknowledged is sent again, ms. */
const AGAIN_MS = 20;

/**
 * A tracker as real ones behave: one frame at a time, sent again until it is acknowledged, and never again after that. It remembers
 * every acknowledgement it got.
 */
export class ReferenceTracker {
  readonly script: Script;
  readonly carrier: Carrier;
  framesAcknowledged = 0;
  recordsAcknowledged = 0;
  /** Tries in all, so that a test sees that some were made again. */
  sends = 0;
  readonly #options: TrackerOptions;
  readonly #acknowledged: AcknowledgedFrame[] = [];
  #underWay: Pick<AcknowledgedFrame, 'records' | 'sends' | 'quarantined'> | null = null;
  #stopped = false;
  #running: Promise<void> | null = null;

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.script = options.script;
    this.carrier = options.carrier;
  }

  get memory(): TrackerMemory {
    const unacknowledged = this.#underWay === null ? [] : [this.#underWay];
    return { ident: this.script.ident, acknowledged: this.#acknowledged, unacknowledged };
  }

  /** Says record after record until it is stopped. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Makes no new frame, and resolves when the last is acknowledged. Rejects when that takes longer. */
  async finish(withinMs: number): Promise<void> {
    this.#stopped = true;
    const late = pause(withinMs, true, { ref: false });
    const isLate = await Promise.race([this.#running?.then(() => false), late]);
    if (isLate === true) {
      throw new Error(`${this.script.ident} over ${this.carrier.transport} waits in vain for an acknowledgement`);
    }
    this.carrier.leave();
  }

  async #run(): Promise<void> {
    const { script, recordsPerFrame, pauseMs, quarantineEvery = 0 } = this.#options;
    let next = 0;
    for (let number = 0; !this.#stopped; number++) {
      const records = Array.from({ length: recordsPerFrame }, (_, i) => script.record(next + i));
      next += recordsPerFrame;
      const quarantined = quarantineEvery > 0 && number % quarantineEvery === quarantineEvery - 1;
      await this.#deliver({ number, records, quarantined });
      const ms = typeof pauseMs === 'number' ? pauseMs : pauseMs();
      if (ms > 0) await pause(ms);
    }
  }

  async #deliver(frame: OutgoingFrame): Promise<void> {
    const { carrier, remembers = true } = this.#options;
    const { records, quarantined } = frame;
    const bytes = carrier.encode(frame);
    const underWay = { records, sends: 0, quarantined };
    this.#underWay = underWay;
    for (;;) {
      underWay.sends++;
      this.sends++;
      if (await carrier.hand(bytes, frame)) break;
      await pause(AGAIN_MS);
    }
    this.#underWay = null;
    this.framesAcknowledged++;
    this.recordsAcknowledged += records.length;
    if (!remembers) return;
    const { protocol, transport, connections: connection } = carrier;
    const { sends } = underWay;
    const acknowledgedAt = Date.now();
    this.#acknowledged.push({ protocol, transport, connection, sends, acknowledgedAt, frame: bytes, records, quarantined });
  }
}

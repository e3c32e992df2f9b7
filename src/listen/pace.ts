import { identKey } from '#model/tracker';

/** Bytes and frames a second that may come for long; ten times as many at once. */
export interface PaceLimits {
  /** Of one connection. */
  bytesPerSecond: number;
  framesPerSecond: number;
  /** Of one tracker, over all its connections and listeners. */
  trackerBytesPerSecond: number;
  trackerFramesPerSecond: number;
}

/** What is spent too fast, as metrics call it. */
export const PACE_REASONS = ['connection_bytes', 'connection_frames', 'tracker_bytes', 'tracker_frames'] as const;
export type PaceReason = (typeof PACE_REASONS)[number];

/** Seconds' worth that may come at once: a device unloads what it has stored while it had no network. */
const BURST_MS = 10_000;
/**
 * Longest wait for what a tracker has spent, ms. Whoever claims to be it spends with it, so that a longer one would shut the tracker
 * itself out.
 */
const TRACKER_WAIT_MS = 5_000;
/** Trackers whose spending is remembered; the one heard least recently makes room. */
const TRACKERS_KEPT = 100_000;

/** A rate as a time: when all that was spent will be earned. Costs two numbers, and earns without being looked at. */
class Earned {
  #at = -Infinity;

  /** Spends so many: they are earned when this much more time has passed. Nobody waits longer than `longestMs`. */
  spend(count: number, perSecond: number, now: number, longestMs = Infinity): void {
    const from = Math.max(this.#at, now - BURST_MS);
    this.#at = Math.min(from + (count * 1_000) / perSecond, now + longestMs);
  }

  waitMs(now: number): number {
    return Math.max(0, this.#at - now);
  }
}

interface Spending {
  bytes: Earned;
  frames: Earned;
}

const newSpending = (): Spending => ({ bytes: new Earned(), frames: new Earned() });

/** What trackers have spent, over all listeners. Bounded. */
export class TrackerPaces {
  /** Those heard last come last. */
  readonly #byIdent = new Map<string, Spending>();

  of(ident: string): Spending {
    const key = identKey(ident);
    const spending = this.#byIdent.get(key) ?? newSpending();
    this.#byIdent.delete(key);
    this.#byIdent.set(key, spending);
    if (this.#byIdent.size > TRACKERS_KEPT) {
      const [oldest] = this.#byIdent.keys();
      if (oldest !== undefined) this.#byIdent.delete(oldest);
    }
    return spending;
  }
}

/** What the connections of a listener are given to pace them. */
export interface Pacing {
  limits: PaceLimits;
  trackers: TrackerPaces;
  /** A clock that only goes on, ms: what is earned is a matter of time that has passed. */
  now: () => number;
  /** A connection is to wait so long, ms, or a datagram is refused (0), for this reason. */
  slowed: (reason: PaceReason, waitMs: number, sender: { peerName: string; ident: string | null }) => void;
}

/** The pace of one connection, peer or client. */
export class Pace {
  readonly #pacing: Pacing;
  readonly #peerName: string;
  readonly #own = newSpending();

  /** `peerName` is address and port. */
  constructor(pacing: Pacing, peerName: string) {
    this.#pacing = pacing;
    this.#peerName = peerName;
  }

  /**
   * Spends what has come, `ident` being who it is from, `null` where nobody is named. Gives how long nothing more is to be read, ms,
   * and tells why where that is not 0.
   */
  spend(ident: string | null, bytes: number, frames: number): number {
    this.charge(ident, bytes, frames);
    const { reason, waitMs } = this.#longest(ident);
    if (waitMs > 0) this.#pacing.slowed(reason, waitMs, { peerName: this.#peerName, ident });
    return Math.ceil(waitMs);
  }

  /** Spends what has come and says nothing of it. */
  charge(ident: string | null, bytes: number, frames = 1): void {
    const { limits, trackers, now: clock } = this.#pacing;
    const now = clock();
    this.#own.bytes.spend(bytes, limits.bytesPerSecond, now);
    this.#own.frames.spend(frames, limits.framesPerSecond, now);
    if (ident === null) return;
    const tracker = trackers.of(ident);
    tracker.bytes.spend(bytes, limits.trackerBytesPerSecond, now, TRACKER_WAIT_MS);
    tracker.frames.spend(frames, limits.trackerFramesPerSecond, now, TRACKER_WAIT_MS);
  }

  /** Tells whether what was spent is earned, and spends nothing; where it is not, tells why. */
  isEarned(ident: string | null): boolean {
    const { reason, waitMs } = this.#longest(ident);
    if (waitMs > 0) this.#pacing.slowed(reason, 0, { peerName: this.#peerName, ident });
    return waitMs === 0;
  }

  #longest(ident: string | null): { reason: PaceReason; waitMs: number } {
    const { trackers, now: clock } = this.#pacing;
    const now = clock();
    const tracker = ident === null ? null : trackers.of(ident);
    const waits = {
      connection_bytes: this.#own.bytes.waitMs(now),
      connection_frames: this.#own.frames.waitMs(now),
      tracker_bytes: tracker?.bytes.waitMs(now) ?? 0,
      tracker_frames: tracker?.frames.waitMs(now) ?? 0,
    } satisfies Record<PaceReason, number>;
    const [first, ...others] = PACE_REASONS;
    return others.reduce<{ reason: PaceReason; waitMs: number }>(
      (longest, reason) => (waits[reason] > longest.waitMs ? { reason, waitMs: waits[reason] } : longest),
      { reason: first, waitMs: waits[first] },
    );
  }
}

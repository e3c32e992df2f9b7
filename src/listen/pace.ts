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

/** A tracker that is heard again within this time is still known to be heard, ms. */
const HEARD_MS = 1_000;

interface Spending {
  bytes: Earned;
  frames: Earned;
}

const newSpending = (): Spending => ({ bytes: new Earned(), frames: new Earned() });

function isAllEarned({ bytes, frames }: Spending, now: number): boolean {
  return bytes.waitMs(now) === 0 && frames.waitMs(now) === 0;
}

/** What trackers have spent, over all listeners. Bounded. */
export class TrackerPaces {
  /** Those heard last come last. */
  readonly #byIdent = new Map<string, Spending>();

  of(ident: string): Spending {
    return this.ofKey(identKey(ident));
  }

  /** The same of who has one spelling only. */
  ofKey(key: string): Spending {
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
  /** Of the tracker that was named last, so that it is not looked up for each frame. */
  #tracker: Spending | null = null;
  #ident: string | null = null;
  #lookedUpAt = -Infinity;

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
    const now = this.#pacing.now();
    const tracker = this.#charge(ident, bytes, frames, now);
    if (isAllEarned(this.#own, now) && (tracker === null || isAllEarned(tracker, now))) return 0;
    const { reason, waitMs } = this.#longest(tracker, now);
    this.#pacing.slowed(reason, waitMs, { peerName: this.#peerName, ident });
    return Math.ceil(waitMs);
  }

  /** Spends what has come and says nothing of it. */
  charge(ident: string | null, bytes: number, frames = 1): void {
    this.#charge(ident, bytes, frames, this.#pacing.now());
  }

  #charge(ident: string | null, bytes: number, frames: number, now: number): Spending | null {
    const { limits } = this.#pacing;
    this.#own.bytes.spend(bytes, limits.bytesPerSecond, now);
    this.#own.frames.spend(frames, limits.framesPerSecond, now);
    const tracker = this.#spendingOf(ident, now);
    tracker?.bytes.spend(bytes, limits.trackerBytesPerSecond, now, TRACKER_WAIT_MS);
    tracker?.frames.spend(frames, limits.trackerFramesPerSecond, now, TRACKER_WAIT_MS);
    return tracker;
  }

  #spendingOf(ident: string | null, now: number): Spending | null {
    if (ident === null) return null;
    if (this.#tracker === null || ident !== this.#ident || now - this.#lookedUpAt > HEARD_MS) {
      this.#tracker = this.#pacing.trackers.of(ident);
      this.#ident = ident;
      this.#lookedUpAt = now;
    }
    return this.#tracker;
  }

  /** Tells whether what was spent is earned, and spends nothing; where it is not, tells why. */
  isEarned(ident: string | null): boolean {
    const now = this.#pacing.now();
    const { reason, waitMs } = this.#longest(this.#spendingOf(ident, now), now);
    if (waitMs > 0) this.#pacing.slowed(reason, 0, { peerName: this.#peerName, ident });
    return waitMs === 0;
  }

  #longest(tracker: Spending | null, now: number): { reason: PaceReason; waitMs: number } {
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

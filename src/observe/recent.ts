/** The last minutes of a gateway: what `GET /v1/gateway` draws, and what its rates are measured against. In memory, bounded. */
import type { EpochMs } from '#model/clocks';
import { alertsOf, fullSeconds, type Alert } from './alerts.ts';
import { drainSeconds, flowsBetween, quantileBetween, type Flow, type GatewayStatus } from './status.ts';

/** How often a point is taken, ms. */
export const POINT_MS = 5_000;
/** How far back points go, ms. */
export const KEPT_MS = 15 * 60_000;
/** What rates are measured over, ms. */
const RATES_MS = 10_000;
/** What delays and alerts are measured over, ms. */
const CALM_MS = 60_000;

/** The gateway over one interval. */
export interface Point {
  /** Its end. */
  at: EpochMs;
  receivedPerS: number;
  storedPerS: number;
  /** Of the acks in it; `null` where none left. */
  ackDelay: Delays;
  waitingFrames: number;
  connections: number;
}

/** How long acks took, seconds: bounds of the buckets in which half, nine tenths and 99 of a hundred lie. */
export interface Delays {
  half: number | null;
  most: number | null;
  slowest: number | null;
}

/** How a gateway is, and how it was lately. */
export interface Overview {
  status: GatewayStatus;
  flows: readonly Flow[];
  ackDelay: Delays;
  /** Computing time as a share of one core. */
  coreShare: number;
  syncsPerS: number;
  /** Until all that waits is stored, seconds; 0 where nothing waits, `null` where nothing is stored. */
  drainSeconds: number | null;
  /** Until the spool is full, seconds; `null` where it does not grow. */
  fullSeconds: number | null;
  alerts: readonly Alert[];
  points: readonly Point[];
}

export class Recent {
  /** The oldest first, as many as the longest measure needs. */
  readonly #statuses: GatewayStatus[] = [];
  readonly #points: Point[] = [];

  /** Takes a point. */
  note(status: GatewayStatus): void {
    const last = this.#statuses.at(-1);
    if (last !== undefined) this.#points.push(pointOf(last, status));
    this.#statuses.push(status);
    // One that is older than the measure stays, so that the measure is full.
    while ((this.#statuses[1]?.at ?? Infinity) <= status.at - CALM_MS) this.#statuses.shift();
    while ((this.#points[0]?.at ?? Infinity) < status.at - KEPT_MS) this.#points.shift();
  }

  /** Sees a status against those before it. Points after `since` are given. */
  overview(status: GatewayStatus, since: EpochMs): Overview {
    const [quick, calm] = [this.#before(status, RATES_MS), this.#before(status, CALM_MS)];
    const seconds = Math.max(0.001, (status.at - quick.at) / 1_000);
    return {
      status,
      flows: flowsBetween(quick, status),
      ackDelay: delaysBetween(calm, status),
      coreShare: (status.cpuSeconds - quick.cpuSeconds) / seconds,
      syncsPerS: (status.spool.syncs - quick.spool.syncs) / seconds,
      drainSeconds: status.spool.waitingFrames === 0 ? 0 : drainSeconds(quick, status),
      fullSeconds: fullSeconds(calm, status),
      alerts: alertsOf(calm, status),
      points: this.#points.filter(({ at }) => at > since),
    };
  }

  /** The youngest status that is at least so old, or else the oldest. */
  #before(status: GatewayStatus, ms: number): GatewayStatus {
    return this.#statuses.findLast(({ at }) => at <= status.at - ms) ?? this.#statuses[0] ?? status;
  }
}

function pointOf(before: GatewayStatus, after: GatewayStatus): Point {
  const flows = flowsBetween(before, after);
  const sum = (rate: (flow: Flow) => number): number => flows.reduce((all, flow) => all + rate(flow), 0);
  return {
    at: after.at,
    receivedPerS: sum(({ receivedPerS }) => receivedPerS),
    storedPerS: sum(({ storedPerS }) => storedPerS),
    ackDelay: delaysBetween(before, after),
    waitingFrames: after.spool.waitingFrames,
    connections: after.listeners.reduce((all, { connections }) => all + connections, 0),
  };
}

function delaysBetween({ ackDelay: before }: GatewayStatus, { ackDelay: after }: GatewayStatus): Delays {
  // Beyond all bounds there is the last of them to tell.
  const last = after.at(-2)?.le ?? null;
  const below = (share: number): number | null => {
    const found = quantileBetween(before, after, share);
    return found === Infinity ? last : found;
  };
  return { half: below(0.5), most: below(0.9), slowest: below(0.99) };
}

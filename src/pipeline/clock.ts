import type { EpochMs } from '#model/clocks';
import type { ClockRepair } from '#model/normalised';

/** Bounds of a sane device clock. */
export interface ClockRules {
  /** How far a device clock may run ahead of ours, ms. */
  maxFutureMs: number;
}

/** No tracker of these protocols made a message before 2010: such a time is an unset clock. */
const EARLIEST: EpochMs = Date.UTC(2010, 0, 1);
/** GPS weeks are counted modulo 1,024 by old receivers (IS-GPS-200, 20.3.3.3.1.1): their clocks fall back 7,168 days. */
const ROLLOVER_MS = 1_024 * 7 * 86_400_000;
/** A clock that is right again within this much of `receivedAt` after adding a rollover is held to have rolled over, ms. */
const ROLLOVER_SLACK_MS = 86_400_000;

/** A time with how it was come by. */
export interface RepairedTime {
  observedAt: EpochMs;
  clockRepair: ClockRepair;
}

/**
 * Decides when a message happened. Deterministic: it depends only on what the device said and when the frame was received,
 * so decoding the spool again gives the same answer. Where the device's clock is not to be believed, the fix's own time is
 * used if that is sane, else `receivedAt`; the device's time is stored beside it as it was.
 */
export function repairClock(
  deviceTime: EpochMs | null,
  fixTime: EpochMs | null,
  receivedAt: EpochMs,
  rules: ClockRules,
): RepairedTime {
  const latest = receivedAt + rules.maxFutureMs;
  if (deviceTime !== null && deviceTime >= EARLIEST && deviceTime <= latest && !hasRolledOver(deviceTime, receivedAt)) {
    return { observedAt: deviceTime, clockRepair: 'none' };
  }
  if (deviceTime !== null && hasRolledOver(deviceTime, receivedAt)) {
    return { observedAt: deviceTime + ROLLOVER_MS, clockRepair: 'rollover' };
  }
  const fixIsSane = fixTime !== null && fixTime >= EARLIEST && fixTime <= latest;
  const observedAt = fixIsSane ? fixTime : receivedAt;
  if (deviceTime === null) return { observedAt, clockRepair: 'missing' };
  return { observedAt, clockRepair: deviceTime < EARLIEST ? 'past' : 'future' };
}

function hasRolledOver(deviceTime: EpochMs, receivedAt: EpochMs): boolean {
  return Math.abs(deviceTime + ROLLOVER_MS - receivedAt) <= ROLLOVER_SLACK_MS;
}

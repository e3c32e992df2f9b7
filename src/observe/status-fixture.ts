import type { GatewayStatus } from './status.ts';

/** The status of a gateway that is well and has nothing to do, with what a test changes of it. */
export function aStatus(changes: Partial<GatewayStatus> = {}): GatewayStatus {
  return {
    at: 0,
    startedAt: 0,
    version: '1',
    rssBytes: 1,
    cpuSeconds: 1,
    listeners: [],
    senders: { named: 0, unnamed: 0 },
    ledger: [],
    ackDelay: [],
    spool: { accepting: true, waitingFrames: 0, oldestReceivedAt: null, bytes: 0, budgetBytes: 1_000, syncs: 0 },
    sink: { reachable: true, waitingRows: 0, lagFrames: 0, lastFailure: null },
    engineRestarts: 0,
    registry: { reachable: true, uncommitted: 0 },
    imbalance: 0,
    ...changes,
  };
}

/** A row of the ledger of the listener `trackers`, all of it in flight that no column has. */
export function aRow(
  received: number,
  columns: Partial<GatewayStatus['ledger'][number]> = {},
): GatewayStatus['ledger'][number] {
  const row = { stored: 0, duplicate: 0, quarantined: 0, refused: 0, refusedBy: {}, ...columns };
  const inFlight = received - row.stored - row.duplicate - row.quarantined - row.refused;
  return { listener: 'trackers', protocol: 'teltonika', received, inFlight, ...row };
}

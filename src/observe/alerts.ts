/**
 * What is wrong with a gateway, in words, each with what to do: derived from two of its statuses and nothing else, for the console
 * and for `top` alike.
 */
import { ERROR_CODES, type ErrorCode } from '#errors/codes';
import { drainSeconds, flowsBetween, quantileBetween, type Flow, type GatewayStatus } from './status.ts';

/** How much it matters: data cannot be taken in or stored; something will go wrong or some devices suffer; worth knowing. */
export const ALERT_LEVELS = ['critical', 'warning', 'note'] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** Names of alerts, for those who translate or filter them. */
export const ALERT_CODES = [
  'spool_closed',
  'spool_filling',
  'backlog_stuck',
  'backlog_drains',
  'sink_starting',
  'sink_down',
  'registry_away',
  'ledger_off',
  'acks_slow',
  'quarantined',
  'refused',
  'listener_full',
  'datagrams_dropped',
  'unnamed',
  'engine_restarted',
] as const;
export type AlertCode = (typeof ALERT_CODES)[number];

export interface Alert {
  code: AlertCode;
  level: AlertLevel;
  /** The listener it is about; `null` where it is about the gateway. */
  listener: string | null;
  /** What is wrong. */
  says: string;
  /** What to do about it. */
  todo: string;
}

/** Time after the start in which ClickHouse may still be on its way, ms. */
const STARTING_MS = 30_000;
/** Share of the budget from which the spool is said to fill. */
const FILLING = 0.7;
/** Share of the budget that is as good as all of it: a segment may not fit any more. */
const FULL = 0.95;
/** Age of the oldest waiting frame from which the backlog is spoken of, ms. */
const OLD_MS = 60_000;
/** Delay of acks from which the slowest are spoken of, seconds. */
const SLOW_S = 1;
/** Share of a listener's frames in quarantine from which it is no matter of single devices. */
const MANY_QUARANTINED = 0.01;
/** Share of the connections of a listener from which it is called full. */
const NEARLY_ALL = 0.9;
/** Connections without a name, in number and share, from which they are spoken of. */
const UNNAMED = { most: 20, share: 0.2 };

/** Derives the alerts, the gravest first. The time between the statuses is the time they speak of: a minute is a good one. */
export function alertsOf(before: GatewayStatus, after: GatewayStatus): Alert[] {
  const flows = flowsBetween(before, after);
  const found = [
    ...spoolAlerts(before, after, flows),
    ...sinkAlerts(before, after),
    ...keptAlerts(before, after),
    ...flows.flatMap(quarantineAlerts),
    ...refusedAlerts(before, after),
    ...listenerAlerts(before, after),
  ];
  return found.sort((a, b) => ALERT_LEVELS.indexOf(a.level) - ALERT_LEVELS.indexOf(b.level));
}

/** Seconds until the spool is full at the rate at which it grew between two statuses; `null` where it does not grow. */
export function fullSeconds(before: GatewayStatus, after: GatewayStatus): number | null {
  const perS = ((after.spool.bytes - before.spool.bytes) * 1_000) / Math.max(1, after.at - before.at);
  return perS <= 0 ? null : Math.max(0, after.spool.budgetBytes - after.spool.bytes) / perS;
}

const gateway = (code: AlertCode, level: AlertLevel, says: string, todo: string): Alert => {
  return { code, level, listener: null, says, todo };
};

function spoolAlerts(before: GatewayStatus, after: GatewayStatus, flows: readonly Flow[]): Alert[] {
  const { accepting, bytes, budgetBytes, waitingFrames, oldestReceivedAt } = after.spool;
  const used = bytes / budgetBytes;
  if (!accepting) {
    const todo =
      used >= FULL
        ? 'The spool is full: bring ClickHouse back, or raise `spool.budgetBytes`. Devices keep their data until then.'
        : 'The disk refuses: look for `spool_io` in the log, at the free space and at the rights of the spool’s folder.';
    return [gateway('spool_closed', 'critical', 'Nothing can be made durable, so devices are not read.', todo)];
  }
  const alerts: Alert[] = [];
  if (used >= FILLING) {
    const full = fullSeconds(before, after);
    const when = full === null ? '' : `, and will be full in about ${timeOf(full)}`;
    const says = `The spool has used ${percent(used)} of its budget${when}.`;
    alerts.push(
      gateway(
        'spool_filling',
        'warning',
        says,
        'See that ClickHouse takes rows, or raise `spool.budgetBytes` while there is room.',
      ),
    );
  }
  const ageMs = oldestReceivedAt === null ? 0 : after.at - oldestReceivedAt;
  if (ageMs < OLD_MS || after.sink?.reachable !== true) return alerts;
  const drain = drainSeconds(before, after);
  const arriving = flows.reduce((sum, { receivedPerS }) => sum + receivedPerS, 0);
  const settled = drain === null || drain === 0 ? 0 : waitingFrames / drain;
  const says = `${frames(waitingFrames)} ${waitingFrames === 1 ? 'waits' : 'wait'} to be stored, the oldest for ${timeOf(ageMs / 1_000)}`;
  if (drain !== null && settled > arriving) {
    const left = waitingFrames / (settled - arriving);
    return [
      ...alerts,
      gateway(
        'backlog_drains',
        'note',
        `${says}; all of it is stored in about ${timeOf(left)}.`,
        'Nothing: it is catching up.',
      ),
    ];
  }
  const todo = 'More comes in than ClickHouse takes: look at its load, and at `clickhouse.insertsInFlight` and `batchRows`.';
  return [...alerts, gateway('backlog_stuck', 'warning', `${says}, and it becomes no less.`, todo)];
}

function sinkAlerts(before: GatewayStatus, { sink, at, startedAt, engineRestarts }: GatewayStatus): Alert[] {
  const alerts: Alert[] = [];
  if (engineRestarts > before.engineRestarts) {
    const todo = 'Look for `sink_engine` in the log; where memory was short, see `clickhouse.memoryBytes`.';
    alerts.push(gateway('engine_restarted', 'warning', 'The embedded ClickHouse died and was started again.', todo));
  }
  const todo =
    'Frames wait in the spool and nothing is lost while it has room. Look at ClickHouse, its address and its password.';
  if (sink === null) {
    if (at - startedAt < STARTING_MS) {
      return [
        ...alerts,
        gateway('sink_starting', 'note', 'ClickHouse is being reached.', 'Wait a moment; frames wait in the spool.'),
      ];
    }
    return [...alerts, gateway('sink_down', 'critical', 'ClickHouse was not reached since the gateway was started.', todo)];
  }
  if (sink.reachable) return alerts;
  const why = sink.lastFailure === null ? '' : `: ${sink.lastFailure.replace(/\.$/, '')}`;
  return [...alerts, gateway('sink_down', 'critical', `ClickHouse does not answer${why}.`, todo)];
}

function keptAlerts(before: GatewayStatus, after: GatewayStatus): Alert[] {
  const alerts: Alert[] = [];
  if (!after.registry.reachable) {
    const todo =
      'Bring the registry back: Redis, or the disk with its file. Frames are taken in; trackers, keys and trips cannot change.';
    alerts.push(gateway('registry_away', 'critical', 'The registry does not answer.', todo));
  }
  if (after.imbalance > 0) {
    const says = `The ledger is off by ${frames(after.imbalance)}: more stand in its columns than came in.`;
    alerts.push(
      gateway('ledger_off', 'critical', says, 'This is a bug of the gateway: please report it with the log and the ledger.'),
    );
  }
  const slowest = quantileBetween(before.ackDelay, after.ackDelay, 0.99);
  if (slowest !== null && slowest > SLOW_S) {
    const most = Number.isFinite(slowest) ? `up to ${timeOf(slowest)}` : 'longer than can be told';
    const says = `Of a hundred devices one waits for its acknowledgement ${most}.`;
    alerts.push(
      gateway(
        'acks_slow',
        'warning',
        says,
        'The disk syncs slowly: put `spool.dir` on a faster one, or give it to the spool alone.',
      ),
    );
  }
  return alerts;
}

function quarantineAlerts({ listener, protocol, quarantinedPerS, receivedPerS }: Flow): Alert[] {
  if (quarantinedPerS <= 0) return [];
  const share = receivedPerS <= 0 ? 1 : quarantinedPerS / receivedPerS;
  const says = `${perMinute(quarantinedPerS)} of ${protocol} go into quarantine${share < 1 ? `, ${percent(share)} of those that come` : ''}.`;
  const todo = 'See the quarantine for reasons and bytes, and try them again once a codec reads them.';
  return [{ code: 'quarantined', level: share >= MANY_QUARANTINED ? 'warning' : 'note', listener, says, todo }];
}

function refusedAlerts(before: GatewayStatus, after: GatewayStatus): Alert[] {
  const seconds = Math.max(0.001, (after.at - before.at) / 1_000);
  return after.ledger.flatMap(({ listener, protocol, refusedBy }) => {
    const base = before.ledger.find((row) => row.listener === listener && row.protocol === protocol)?.refusedBy ?? {};
    return (Object.entries(refusedBy) as [ErrorCode, number][]).flatMap(([code, count]): Alert[] => {
      const fresh = count - (base[code] ?? 0);
      if (fresh <= 0) return [];
      const says = `${perMinute(fresh / seconds)} of ${protocol} are refused: ${ERROR_CODES[code].means}`;
      return [{ code: 'refused', level: 'note', listener, says, todo: REFUSED_TODO[code] ?? WHO_ACTS[ERROR_CODES[code].acts] }];
    });
  });
}

const REFUSED_TODO: Readonly<Partial<Record<ErrorCode, string>>> = {
  session_unknown_ident: 'Register the trackers, or let the listener store what nobody registered (`unregistered: store`).',
  session_credentials: 'Give the devices the user name and password, or the certificate, that the listener knows.',
  consent_withdrawn: 'Nothing: a consent has ended, and these vehicles still send.',
};

const WHO_ACTS: Readonly<Record<'device' | 'operator' | 'caller' | 'us', string>> = {
  device: 'Look at the devices with `odograph tail --faults`: their settings, firmware or network.',
  operator: 'Look at the settings of the listener; the code is explained in ERRORS.md.',
  caller: 'Tell whoever sends: what is wrong stands in the answer.',
  us: 'Please report it with the bytes, which the quarantine has.',
};

function listenerAlerts(before: GatewayStatus, { listeners, senders }: GatewayStatus): Alert[] {
  const alerts = listeners.flatMap(({ name, connections, connectionsMost, kernelDrops }): Alert[] => {
    const found: Alert[] = [];
    if (connectionsMost !== null && connections >= connectionsMost * NEARLY_ALL) {
      const says = `${connections} of ${connectionsMost} connections are open.`;
      const todo = 'Raise `limits.connections` of the listener, or spread devices over more gateways.';
      found.push({ code: 'listener_full', level: 'warning', listener: name, says, todo });
    }
    const dropped = (kernelDrops ?? 0) - (before.listeners.find((one) => one.name === name)?.kernelDrops ?? 0);
    if (dropped > 0) {
      const says = `The kernel threw ${dropped} datagrams away before they could be read.`;
      const todo = 'Raise `net.core.rmem_max` and `udp.receiveBufferBytes`; devices send again what is not acknowledged.';
      found.push({ code: 'datagrams_dropped', level: 'warning', listener: name, says, todo });
    }
    return found;
  });
  const { named, unnamed } = senders;
  if (unnamed >= UNNAMED.most && unnamed >= (named + unnamed) * UNNAMED.share) {
    const todo = 'Scanners do this, and devices on the wrong port or with another protocol: see what they send in the census.';
    alerts.push(gateway('unnamed', 'note', `${unnamed} of ${named + unnamed} connections have not named a device.`, todo));
  }
  return alerts;
}

function frames(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'frame' : 'frames'}`;
}

function perMinute(perS: number): string {
  return `${frames(Math.max(1, Math.round(perS * 60)))} a minute`;
}

function percent(share: number): string {
  return share < 0.01 ? 'less than 1 %' : `${Math.round(share * 100)} %`;
}

/** A time in its greatest unit that counts to one at least; below a second in milliseconds. */
function timeOf(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  const [size, unit] = (
    [
      [86_400, 'days'],
      [3_600, 'hours'],
      [60, 'minutes'],
      [1, 's'],
    ] as const
  ).find(([most]) => seconds >= most * 2) ?? [1, 's'];
  return `${Math.round(seconds / size)} ${unit}`;
}

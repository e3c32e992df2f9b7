import { alertsOf } from '../observe/alerts.ts';
import { drainSeconds, flowsBetween, quantileBetween, type GatewayStatus } from '../observe/status.ts';
import { duration } from '../lifecycle/words.ts';
import { formatTable } from './table.ts';

/** Draws a gateway from two of its statuses, for people: 80 columns where the names allow it. */
export function topScreen(before: GatewayStatus, after: GatewayStatus): string {
  return [
    ...headLines(before, after),
    '',
    listenerTable(after),
    '',
    flowTable(before, after),
    '',
    ...storeLines(before, after),
    ...alertLines(before, after),
  ].join('\n');
}

function headLines(before: GatewayStatus, after: GatewayStatus): string[] {
  const { at, startedAt, version, rssBytes, senders } = after;
  const cpu = ((after.cpuSeconds - before.cpuSeconds) / Math.max(0.001, (at - before.at) / 1_000)) * 100;
  const delay = [0.5, 0.99].map((share) => seconds(quantileBetween(before.ackDelay, after.ackDelay, share)));
  return [
    `odograph ${version}, up ${duration(at - startedAt)}, ${mib(rssBytes)}, ${cpu.toFixed(0)} % of a core`,
    `senders: ${senders.named} named, ${senders.unnamed} not yet; ack delay: half below ${delay[0]}, 99 % below ${delay[1]}`,
  ];
}

function listenerTable({ listeners }: GatewayStatus): string {
  const rows = listeners.map(({ name, port, connections, owed }) => [name, port, connections, owed]);
  return formatTable(['listener', 'port', 'connections', 'acks owed'], rows);
}

function flowTable(before: GatewayStatus, after: GatewayStatus): string {
  const rows = flowsBetween(before, after).map((flow) => [
    flow.listener,
    flow.protocol,
    rate(flow.receivedPerS),
    rate(flow.storedPerS),
    rate(flow.duplicatePerS),
    rate(flow.quarantinedPerS),
    rate(flow.refusedPerS),
    flow.inFlight,
  ]);
  return formatTable(['listener', 'protocol', 'in/s', 'stored/s', 'dup/s', 'quar/s', 'refused/s', 'in flight'], rows);
}

function storeLines(before: GatewayStatus, after: GatewayStatus): string[] {
  const { spool, sink, at } = after;
  const age = spool.oldestReceivedAt === null ? '' : `, the oldest ${duration(at - spool.oldestReceivedAt)} old`;
  const drain = spool.waitingFrames === 0 ? null : drainSeconds(before, after);
  const left = drain === null ? '' : `, drained in about ${duration(Math.max(1_000, drain * 1_000))}`;
  const syncs = (spool.syncs - before.spool.syncs) / Math.max(0.001, (at - before.at) / 1_000);
  return [
    `spool: ${spool.accepting ? 'accepting' : 'ACCEPTS NOTHING'}, ${spool.waitingFrames} frames wait${age}${left}; ${mib(spool.bytes)} of ${mib(spool.budgetBytes)}, ${rate(syncs)} syncs/s`,
    sink === null
      ? 'ClickHouse: NOT REACHED YET'
      : `ClickHouse: ${sink.reachable ? 'answers' : 'DOES NOT ANSWER'}, ${sink.waitingRows} rows wait, ${sink.lagFrames} frames behind${sink.reachable || sink.lastFailure === null ? '' : `; ${sink.lastFailure}`}`,
  ];
}

/** What is wrong, and what to do about it. */
function alertLines(before: GatewayStatus, after: GatewayStatus): string[] {
  const alerts = alertsOf(before, after);
  if (alerts.length === 0) return [];
  return [
    '',
    ...alerts.flatMap(({ level, listener, says, todo }) => [
      `${level}: ${listener === null ? '' : `${listener}: `}${says}`,
      `  ${todo}`,
    ]),
  ];
}

function rate(perS: number): number {
  return perS >= 10 ? Math.round(perS) : Math.round(perS * 10) / 10;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function seconds(value: number | null): string {
  if (value === null) return '–';
  return value === Infinity ? 'more than can be told' : `${value * 1_000} ms`;
}

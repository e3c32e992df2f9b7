import { z } from 'zod';
import { ERROR_CODES } from '#errors/codes';
import { ALERT_CODES, ALERT_LEVELS } from '../../observe/alerts.ts';
import type { Delays, Overview, Point } from '../../observe/recent.ts';
import type { Flow, GatewayStatus } from '../../observe/status.ts';
import type { Routes } from '../routing.ts';
import { time, timeOf, timeOrNull } from '../shapes.ts';

const rate = z.number().meta({ description: 'A second' });
const ms = z.number().nullable();

const delaysShape = z
  .object({ half_ms: ms, most_ms: ms, slowest_ms: ms })
  .meta({ id: 'AckDelays', description: 'Bounds below which half, 90 % and 99 % of the acks left; null where none left' });

const listenerShape = z.object({
  name: z.string(),
  transport: z.enum(['tcp', 'udp', 'mqtt']),
  port: z.int().meta({ description: '0 for a subscription' }),
  protocols: z.array(z.string()),
  connections: z.int(),
  connections_most: z.int().nullable(),
  acks_owed: z.int().meta({ description: 'Acks that devices wait for' }),
  received_per_s: rate,
});

const ledgerShape = z.object({
  listener: z.string(),
  protocol: z.string(),
  received: z.int(),
  stored: z.int(),
  duplicate: z.int(),
  quarantined: z.int(),
  refused: z.int(),
  in_flight: z.int(),
  refused_by: z.array(z.object({ code: z.string(), means: z.string(), frames: z.int() })),
  received_per_s: rate,
  stored_per_s: rate,
});

const pointShape = z.object({
  at: time,
  received_per_s: rate,
  stored_per_s: rate,
  ack_delay: delaysShape,
  waiting_frames: z.int(),
  connections: z.int(),
});

const gatewayShape = z
  .object({
    at: time,
    started_at: time,
    version: z.string(),
    memory_bytes: z.int(),
    core_share: z.number().meta({ description: 'Computing time as a share of one core' }),
    alerts: z
      .array(
        z.object({
          code: z.enum(ALERT_CODES),
          level: z.enum(ALERT_LEVELS),
          listener: z.string().nullable(),
          says: z.string(),
          todo: z.string().meta({ description: 'What to do about it' }),
        }),
      )
      .meta({ description: 'Of the last minute, the gravest first' }),
    listeners: z.array(listenerShape),
    senders: z
      .object({ named: z.int(), unnamed: z.int() })
      .meta({ description: 'Senders that are connected: those that have named a device, and those that have not' }),
    ack_delay: delaysShape,
    spool: z.object({
      accepting: z.boolean(),
      waiting_frames: z.int(),
      oldest_received_at: time.nullable(),
      bytes: z.int(),
      budget_bytes: z.int(),
      syncs_per_s: rate,
      drain_s: z
        .number()
        .nullable()
        .meta({ description: 'Until all that waits is stored; null where nothing is being stored' }),
      full_s: z.number().nullable().meta({ description: 'Until the budget is used up; null where the spool does not grow' }),
    }),
    sink: z
      .object({ reachable: z.boolean(), waiting_rows: z.int(), lag_frames: z.int(), last_failure: z.string().nullable() })
      .nullable()
      .meta({ description: 'ClickHouse; null until it was reached' }),
    registry: z.object({ reachable: z.boolean(), uncommitted: z.int() }),
    ledger: z.array(ledgerShape).meta({
      description: 'By listener and protocol: received = stored + duplicate + quarantined + refused + in_flight',
    }),
    ledger_off_by: z.int().meta({ description: 'Frames by which the ledger does not add up: 0' }),
    points: z.array(pointShape).meta({ description: 'One each 5 s, at most of the last 15 minutes, the oldest first' }),
  })
  .meta({ id: 'Gateway' });

/** `/v1/gateway`: how the gateway is, for whoever runs it. */
export const gatewayRoutes: Routes = (app, { overview }) => {
  app.route({
    method: 'GET',
    url: '/v1/gateway',
    config: { access: 'operator' },
    schema: {
      tags: ['gateway'],
      summary: 'Shows how the gateway is: listeners, rates, delays, what waits, the ledger, and in words what is wrong',
      querystring: z.strictObject({
        points_after: time.optional().meta({ description: 'Only points after this time, for whoever has the others' }),
      }),
      response: { 200: gatewayShape },
    },
    handler: async ({ query: { points_after: after } }) => shown(await overview(after === undefined ? 0 : Date.parse(after))),
  });
};

function shown({ status, flows, points, alerts, ...more }: Overview) {
  const { at, startedAt, version, rssBytes, listeners, senders, spool, sink, registry, ledger, imbalance } = status;
  return {
    at: timeOf(at),
    started_at: timeOf(startedAt),
    version,
    memory_bytes: rssBytes,
    core_share: rounded(more.coreShare),
    alerts: [...alerts],
    listeners: listeners.map(({ name, transport, port, protocols, connections, connectionsMost, owed }) => {
      const received = flows
        .filter(({ listener }) => listener === name)
        .reduce((sum, { receivedPerS }) => sum + receivedPerS, 0);
      const counts = { connections, connections_most: connectionsMost, acks_owed: owed };
      return { name, transport, port, protocols: [...protocols], ...counts, received_per_s: rounded(received) };
    }),
    senders,
    ack_delay: shownDelays(more.ackDelay),
    spool: {
      accepting: spool.accepting,
      waiting_frames: spool.waitingFrames,
      oldest_received_at: timeOrNull(spool.oldestReceivedAt),
      bytes: spool.bytes,
      budget_bytes: spool.budgetBytes,
      syncs_per_s: rounded(more.syncsPerS),
      drain_s: more.drainSeconds === null ? null : rounded(more.drainSeconds),
      full_s: more.fullSeconds === null ? null : rounded(more.fullSeconds),
    },
    sink:
      sink === null
        ? null
        : {
            reachable: sink.reachable,
            waiting_rows: sink.waitingRows,
            lag_frames: sink.lagFrames,
            last_failure: sink.lastFailure,
          },
    registry,
    ledger: ledger.map((row) => shownRow(row, flows)),
    ledger_off_by: imbalance,
    points: points.map(shownPoint),
  };
}

function shownRow(row: GatewayStatus['ledger'][number], flows: readonly Flow[]) {
  const { listener, protocol, received, stored, duplicate, quarantined, refused, refusedBy, inFlight } = row;
  const flow = flows.find((one) => one.listener === listener && one.protocol === protocol);
  return {
    listener,
    protocol,
    received,
    stored,
    duplicate,
    quarantined,
    refused,
    in_flight: inFlight,
    refused_by: (Object.entries(refusedBy) as [keyof typeof ERROR_CODES, number][])
      .map(([code, frames]) => ({ code, means: ERROR_CODES[code].means, frames }))
      .sort((a, b) => b.frames - a.frames),
    received_per_s: rounded(flow?.receivedPerS ?? 0),
    stored_per_s: rounded(flow?.storedPerS ?? 0),
  };
}

function shownPoint({ at, receivedPerS, storedPerS, ackDelay, waitingFrames, connections }: Point) {
  return {
    at: timeOf(at),
    received_per_s: rounded(receivedPerS),
    stored_per_s: rounded(storedPerS),
    ack_delay: shownDelays(ackDelay),
    waiting_frames: waitingFrames,
    connections,
  };
}

function shownDelays({ half, most, slowest }: Delays) {
  return { half_ms: inMs(half), most_ms: inMs(most), slowest_ms: inMs(slowest) };
}

function inMs(seconds: number | null): number | null {
  return seconds === null ? null : rounded(seconds * 1_000);
}

/** To what anybody reads. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

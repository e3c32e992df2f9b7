import { Readable } from 'node:stream';
import { z } from 'zod';
import { SIGNAL_BY_KEY, SIGNALS } from '#model/signals';
import { UNITS } from '#model/signal-row';
import type { Tracker } from '#model/tracker';
import type { Latest } from '../../reading/latest.ts';
import { isCursor } from '../../reading/telemetry.ts';
import { historyLines, type HistoryFormat } from '../history-lines.ts';
import { shownMessage, shownPosition } from '../shown-message.ts';
import type { Routes } from '../routing.ts';
import { time, timeOf, timeOrNull } from '../shapes.ts';
import { cursorIn, rangeIn, rangeQuery } from '../time-range.ts';

const DAY_MS = 86_400_000;
const PAGE_MOST = 10_000;

const positionShape = z
  .object({
    lat: z.number(),
    lon: z.number(),
    valid: z.boolean().meta({ description: 'The device calls the fix valid, and the gateway believes it' }),
    altitude_m: z.number().nullable(),
    speed_kmh: z.number().nullable(),
    course_deg: z.number().nullable(),
    satellites: z.number().nullable(),
    hdop: z.number().nullable(),
  })
  .meta({ id: 'Position' });

const messageShape = z
  .object({
    device_time: time.meta({ description: "By the device's own clock" }),
    observed_at: time.meta({ description: 'After repair of the clock' }),
    received_at: time,
    backlog: z.boolean(),
    position: positionShape.nullable(),
    signals: z.record(z.string(), z.number()),
    states: z.record(z.string(), z.string()),
    events: z.array(z.string()),
  })
  .meta({ id: 'Message' });

const latestShape = z
  .object({
    oid: z.string(),
    observed_at: time.nullable(),
    received_at: time.nullable(),
    position: positionShape.extend({ observed_at: time }).nullable(),
    values: z.array(
      z.object({
        key: z.string(),
        value: z.union([z.number(), z.string()]),
        unit: z.string().nullable().meta({ description: 'UN/CEFACT Recommendation 20; null for what no catalogue knows' }),
        observed_at: time,
      }),
    ),
  })
  .meta({ id: 'Latest' });

const signalShape = z
  .object({
    key: z.string(),
    unit: z.string().meta({ description: 'UN/CEFACT Recommendation 20' }),
    unit_name: z.string(),
    type: z.string(),
    vss: z.string().nullable().meta({ description: 'COVESA VSS 6.0 path' }),
    description: z.string(),
    min: z.number().nullable(),
    max: z.number().nullable(),
  })
  .meta({ id: 'Signal' });

const params = z.object({ oid: z.string().min(1).max(64) });

/** `/v1/telemetry` and `/v1/signals`: reading what trackers have sent. */
export const telemetryRoutes: Routes = (app, services) => {
  addLatest(app, services);
  addHistory(app, services);
  addSignals(app, services);
};

const addLatest: Routes = (app, { telemetry }) => {
  app.route({
    method: 'GET',
    url: '/v1/telemetry/:oid/latest',
    config: { access: 'read', errors: ['TrackerNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['telemetry'],
      summary: 'What is known last of a tracker: its newest believed place, and the newest values of the last 30 days',
      params,
      response: { 200: latestShape },
    },
    handler: async ({ caller, params: { oid } }) => {
      const tracker = await telemetry.trackerOf(caller.companyId, oid);
      return shownLatest(tracker, await telemetry.latest(tracker));
    },
  });
};

const addHistory: Routes = (app, { telemetry, now }) => {
  app.route({
    method: 'GET',
    url: '/v1/telemetry/:oid/history',
    config: { access: 'read', errors: ['TrackerNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['telemetry'],
      summary: 'The messages of a tracker, in the order of its own clock',
      description:
        'As JSON a page at a time; with `format=ndjson` or `csv` all of the range as a stream, at the pace of its reader. Without `from` the last day.',
      params,
      querystring: z.strictObject({
        ...rangeQuery,
        signals: z
          .string()
          .max(4_000)
          .optional()
          .meta({ description: 'Keys of signals and states, with commas between; all where it is left out' }),
        cursor: z.string().max(100).optional(),
        limit: z.coerce.number().int().min(1).max(PAGE_MOST).default(1_000),
        format: z.enum(['json', 'ndjson', 'csv']).default('json'),
      }),
      response: { 200: z.object({ items: z.array(messageShape), next_cursor: z.string().nullable() }) },
    },
    handler: async ({ caller, params: { oid }, query }, reply) => {
      const tracker = await telemetry.trackerOf(caller.companyId, oid);
      const asked = rangeIn(query, { from: now() - DAY_MS, to: now() + DAY_MS });
      const after = cursorIn(query.cursor, isCursor);
      const keys = query.signals === undefined ? null : query.signals.split(',').map((key) => key.trim());
      const range = { ...asked, keys, after };
      if (query.format !== 'json') {
        const lines = Readable.from(historyLines(telemetry, tracker, range, query.format));
        // Not of the shape that the document gives for JSON, and not checked against it.
        return reply.type(TYPES[query.format]).send(lines as never);
      }
      const found = await telemetry.history(tracker, { ...range, most: query.limit });
      const next = found.length === query.limit ? (found.at(-1)?.cursor ?? null) : null;
      return { items: found.map(shownMessage), next_cursor: next };
    },
  });
};

const addSignals: Routes = (app) => {
  const items = SIGNALS.map(({ key, unit, type, vss, description, min, max }) => {
    return { key, unit, unit_name: UNITS[unit], type, vss, description, min, max };
  });
  app.route({
    method: 'GET',
    url: '/v1/signals',
    config: { access: 'read' },
    schema: {
      tags: ['telemetry'],
      summary: 'The catalogue of signals: every quantity that data is brought to, with its unit',
      querystring: z.strictObject({ category: z.string().max(40).optional().meta({ description: 'First level of the key' }) }),
      response: { 200: z.object({ items: z.array(signalShape) }) },
    },
    handler: async ({ query: { category } }) => {
      return { items: category === undefined ? items : items.filter(({ key }) => key.startsWith(`${category}.`)) };
    },
  });
};

const TYPES: Readonly<Record<Exclude<HistoryFormat, 'json'>, string>> = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

function shownLatest({ oid }: Tracker, { observedAt, receivedAt, position, values }: Latest) {
  return {
    oid,
    observed_at: timeOrNull(observedAt),
    received_at: timeOrNull(receivedAt),
    position: position === null ? null : { ...shownPosition(position), observed_at: timeOf(position.observedAt) },
    values: values.map(({ key, value, observedAt: at }) => ({
      key,
      value,
      unit: SIGNAL_BY_KEY.get(key)?.unit ?? null,
      observed_at: timeOf(at),
    })),
  };
}

import { z } from 'zod';
import { SIGNAL_BY_KEY } from '#model/signals';
import { SPEED_KEY, type Series, type TrackPoint } from '../../reading/plots.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';
import { time, timeOf } from '../shapes.ts';
import { rangeIn, rangeQuery } from '../time-range.ts';
import { oidParams } from '../tracker-shapes.ts';

const DAY_MS = 86_400_000;
const SIGNALS_MOST = 12;

const slices = z.coerce
  .number()
  .int()
  .min(1)
  .max(5_000)
  .default(500)
  .meta({ description: 'How fine it is: as many as can be told apart in the drawing' });

const trackShape = z
  .object({
    from: time,
    to: time,
    stored: z.int().meta({ description: 'Believed places in the range' }),
    points: z.array(
      z.object({
        at: time,
        lat: z.number(),
        lon: z.number(),
        speed_kmh: z.number().nullable(),
        course_deg: z.number().nullable(),
        starts: z.boolean().meta({ description: 'Nothing was stated for more than 5 minutes before it: no line leads to it' }),
      }),
    ),
  })
  .meta({ id: 'Track' });

const seriesShape = z
  .object({
    from: time,
    to: time,
    series: z.array(
      z.object({
        key: z.string(),
        unit: z.string().nullable().meta({ description: 'UN/CEFACT Recommendation 20; null for what no catalogue knows' }),
        at: z.array(time).meta({ description: 'When each slice has its first value; slices without one are left out' }),
        least: z.array(z.number()),
        most: z.array(z.number()),
        mean: z.array(z.number()),
      }),
    ),
  })
  .meta({ id: 'Series' });

/** `/v1/telemetry/{oid}/track` and `series`: long ranges, no finer than they can be drawn. */
export const plotRoutes: Routes = (app, { telemetry, now }) => {
  const lastDay = () => ({ from: now() - DAY_MS, to: now() });

  app.route({
    method: 'GET',
    url: '/v1/telemetry/:oid/track',
    config: { access: 'read', errors: ['TrackerNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['telemetry'],
      summary:
        'Where a tracker was, for a map: all its believed places, or an even choice of them where they are more than `slices`',
      description:
        'By the repaired clock. Without `from` the last day. A slice with one place has one: short ranges come whole.',
      params: oidParams,
      querystring: z.strictObject({ ...rangeQuery, slices }),
      response: { 200: trackShape },
    },
    handler: async ({ caller, params: { oid }, query }) => {
      const tracker = await telemetry.trackerOf(caller.companyId, oid);
      const range = rangeIn(query, lastDay());
      const { points, stored } = await telemetry.track(tracker, { ...range, slices: query.slices });
      return { from: timeOf(range.from), to: timeOf(range.to), stored, points: points.map(shownPoint) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/telemetry/:oid/series',
    config: { access: 'read', errors: ['TrackerNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['telemetry'],
      summary:
        'Signals of a tracker over time, for a plot: the least, the greatest and the mean value of each slice of the range',
      description: `By the repaired clock. Without \`from\` the last day. \`${SPEED_KEY}\` is the speed that goes with believed places.`,
      params: oidParams,
      querystring: z.strictObject({
        ...rangeQuery,
        slices,
        signals: z
          .string()
          .min(1)
          .max(1_000)
          .meta({ description: `Keys of signals, with commas between; at most ${SIGNALS_MOST}` }),
      }),
      response: { 200: seriesShape },
    },
    handler: async ({ caller, params: { oid }, query }) => {
      const tracker = await telemetry.trackerOf(caller.companyId, oid);
      const range = rangeIn(query, lastDay());
      const keys = [...new Set(query.signals.split(',').map((key) => key.trim()))].filter((key) => key !== '');
      if (keys.length === 0 || keys.length > SIGNALS_MOST)
        throw new ApiError('ApiAttributeException', `\`signals\`: from 1 to ${SIGNALS_MOST} keys`);
      const series = await telemetry.series(tracker, { ...range, slices: query.slices, keys });
      return { from: timeOf(range.from), to: timeOf(range.to), series: series.map(shownSeries) };
    },
  });
};

function shownPoint({ at, lat, lon, speedKmh, courseDeg, starts }: TrackPoint) {
  return { at: timeOf(at), lat, lon, speed_kmh: speedKmh, course_deg: courseDeg, starts };
}

function shownSeries({ key, at, least, most, mean }: Series) {
  const unit = key === SPEED_KEY ? 'KMH' : (SIGNAL_BY_KEY.get(key)?.unit ?? null);
  return { key, unit, at: at.map(timeOf), least, most, mean };
}

import { z } from 'zod';
import { EVENTS } from '#model/events';
import type { TripState } from '../../lifecycle/trips.ts';
import { isEventsCursor, type ReadEvent } from '../../reading/events.ts';
import { isTripsCursor, type ReadTrip } from '../../reading/trips.ts';
import type { Routes } from '../routing.ts';
import { cutPage, pageOf, pageQuery, time, timeOf } from '../shapes.ts';
import { cursorIn, rangeIn, rangeQuery } from '../time-range.ts';
import { oidParams } from '../tracker-shapes.ts';

const DAY_MS = 86_400_000;
/** What happened in the last days is listed where nobody says from when. */
const USUAL_DAYS = 30;

const placeShape = z.object({ lat: z.number(), lon: z.number() });

const tripShape = z
  .object({
    id: z.string(),
    started_at: time,
    ended_at: time,
    start: placeShape,
    end: placeShape,
    metres: z.number(),
    points: z.int(),
    max_speed_kmh: z.number().nullable(),
  })
  .meta({ id: 'Trip' });

const runningShape = z
  .object({
    started_at: time,
    last_at: time,
    start: placeShape,
    last: placeShape,
    metres: z.number(),
    points: z.int(),
    max_speed_kmh: z.number().nullable(),
  })
  .meta({ id: 'RunningTrip' });

const eventShape = z
  .object({
    code: z.string(),
    meaning: z.string().nullable().meta({ description: 'In words; null for a code that no catalogue knows' }),
    alarm: z.boolean().meta({ description: 'The device itself marks it urgent' }),
    device_time: time.meta({ description: "By the device's own clock" }),
    observed_at: time.meta({ description: 'After repair of the clock' }),
    received_at: time,
    place: placeShape.nullable(),
  })
  .meta({ id: 'TrackerEvent' });

/** `/v1/telemetry/{oid}/trips` and `events`: what a tracker did. */
export const tripRoutes: Routes = (app, { telemetry, now }) => {
  const lastDays = () => ({ from: now() - USUAL_DAYS * DAY_MS, to: now() + DAY_MS });

  app.route({
    method: 'GET',
    url: '/v1/telemetry/:oid/trips',
    config: { access: 'read', errors: ['TrackerNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['telemetry'],
      summary: 'Lists the trips of a tracker, the newest first, and the one that goes on',
      description: `A trip ends where the next point is more than 5 minutes later, or more than 90 seconds later and less than 50 metres
away, or where none has come for 10 minutes. Without \`from\` those of the last ${USUAL_DAYS} days.`,
      params: oidParams,
      querystring: z.strictObject({ ...rangeQuery, ...pageQuery }),
      response: { 200: pageOf(tripShape).extend({ running: runningShape.nullable() }) },
    },
    handler: async ({ caller, params: { oid }, query }) => {
      const tracker = await telemetry.trackerOf(caller.companyId, oid);
      const asked = { ...rangeIn(query, lastDays()), after: cursorIn(query.cursor, isTripsCursor), most: query.limit + 1 };
      const [found, running] = await Promise.all([telemetry.trips(tracker, asked), telemetry.runningTrip(tracker)]);
      const { items, next_cursor } = cutPage(found, query.limit, ({ cursor }) => cursor);
      return { running: running === null ? null : shownRunning(running), items: items.map(shownTrip), next_cursor };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/telemetry/:oid/events',
    config: { access: 'read', errors: ['TrackerNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['telemetry'],
      summary: 'Lists the events of a tracker, the newest first',
      description: `Without \`from\` those of the last ${USUAL_DAYS} days.`,
      params: oidParams,
      querystring: z.strictObject({
        ...rangeQuery,
        alarms: z.enum(['true', 'false']).default('false').meta({ description: 'Only what the device itself marks urgent' }),
        ...pageQuery,
      }),
      response: { 200: pageOf(eventShape) },
    },
    handler: async ({ caller, params: { oid }, query }) => {
      const tracker = await telemetry.trackerOf(caller.companyId, oid);
      const asked = { ...rangeIn(query, lastDays()), after: cursorIn(query.cursor, isEventsCursor), most: query.limit + 1 };
      const found = await telemetry.events(tracker, { ...asked, alarmsOnly: query.alarms === 'true' });
      const { items, next_cursor } = cutPage(found, query.limit, ({ cursor }) => cursor);
      return { items: items.map(shownEvent), next_cursor };
    },
  });
};

function shownTrip({ id, startedAt, endedAt, start, end, metres, points, maxSpeedKmh }: ReadTrip) {
  return {
    id,
    started_at: timeOf(startedAt),
    ended_at: timeOf(endedAt),
    start,
    end,
    metres,
    points,
    max_speed_kmh: maxSpeedKmh,
  };
}

function shownRunning(trip: TripState) {
  return {
    started_at: timeOf(trip.startAt),
    last_at: timeOf(trip.lastAt),
    start: { lat: trip.startLat, lon: trip.startLon },
    last: { lat: trip.lastLat, lon: trip.lastLon },
    metres: trip.metres,
    points: trip.points,
    max_speed_kmh: trip.maxSpeedKmh,
  };
}

function shownEvent({ code, alarm, deviceTime, observedAt, receivedAt, place }: ReadEvent) {
  return {
    code,
    meaning: Object.hasOwn(EVENTS, code) ? EVENTS[code as keyof typeof EVENTS] : null,
    alarm,
    device_time: timeOf(deviceTime),
    observed_at: timeOf(observedAt),
    received_at: timeOf(receivedAt),
    place,
  };
}

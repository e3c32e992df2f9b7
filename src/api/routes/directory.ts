import { z } from 'zod';
import { CONNECTION_TYPES, PROVIDERS, VALIDATION_STATUSES } from '#model/tracker';
import { CATEGORIES } from '../../lifecycle/categories.ts';
import { DIRECTORY_ORDERS, type DirectoryRow } from '../../registry/directory.ts';
import { durationOf, durationText } from '../duration.ts';
import type { Routes } from '../routing.ts';
import { time, timeOf, timeOrNull } from '../shapes.ts';
import { shownTracker, trackerShape } from '../tracker-shapes.ts';

const YEAR_MS = 365 * 86_400_000;
const OFFSET_MOST = 10_000_000;
const PAGE_MOST = 200;

const rowShape = z
  .object({
    ...trackerShape.shape,
    last_heard_at: time.nullable().meta({ description: 'When a frame of it came last; null where none ever did' }),
    metres: z.number().meta({ description: 'Driven so far, as accepted fixes show it; 0 where it is not waited for' }),
  })
  .meta({ id: 'DirectoryRow' });

const countsShape = z.object({ pending: z.int(), error: z.int(), connected: z.int(), disconnected: z.int() });

const listQuery = z.strictObject({
  provider: z.enum(PROVIDERS).optional(),
  type: z.enum(CONNECTION_TYPES).optional(),
  status: z.enum(VALIDATION_STATUSES).optional(),
  category: z.enum(CATEGORIES).optional().meta({ description: 'All statuses of a kind' }),
  text: z.string().trim().min(1).max(100).optional().meta({
    description: 'Found in an id, plate, make, model or other metadata, whatever the case',
  }),
  silent_for: durationText
    .optional()
    .meta({ description: 'Only active ones of which nothing was heard for so long, such as `2h`' }),
  order: z.enum(DIRECTORY_ORDERS).default('category').meta({
    description:
      '`category`: errors, pending, connected, disconnected, in each the last change first; `changed`, `registered`: the last one first; `name`: by plate or id',
  }),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .max(OFFSET_MOST)
    .default(0)
    .meta({ description: 'Trackers to leave out before the page' }),
  limit: z.coerce.number().int().min(1).max(PAGE_MOST).default(50).meta({ description: 'Most items of the page' }),
});

const shownRow = ({ tracker, heardAt, metres }: DirectoryRow) => ({
  ...shownTracker(tracker),
  last_heard_at: timeOrNull(heardAt),
  metres,
});

/** `/v1/trackers/directory`: any page of a list in an order that people read, with how many there are of each kind. */
export const directoryRoutes: Routes = (app, { trackers }) => {
  app.route({
    method: 'GET',
    url: '/v1/trackers/directory',
    config: { access: 'read' },
    schema: {
      tags: ['trackers'],
      summary: 'Shows any page of the trackers in an order that people read, and how many there are of each kind',
      description:
        'For screens. Order and counts may be seconds old, the trackers themselves are as they stand. Whoever wants all of them, each once, takes `/v1/trackers`.',
      querystring: listQuery,
      response: {
        200: z.object({
          items: z.array(rowShape),
          total: z.int().meta({ description: 'Trackers that pass the filter' }),
          counts: countsShape.meta({ description: 'Those that pass all of the filter but `category`, by category' }),
          needed_metres: z.number().meta({ description: 'Metres that make a tracker `connected`' }),
          as_of: time.meta({ description: 'When order and counts were taken' }),
        }),
      },
    },
    handler: async ({ caller: { companyId }, query: { offset, limit, silent_for: silence, ...filter } }) => {
      const silentForMs = silence === undefined ? undefined : durationOf('silent_for', silence, YEAR_MS);
      const page = await trackers.directory(companyId, { ...filter, silentForMs, offset, most: limit });
      return {
        items: page.rows.map(shownRow),
        total: page.total,
        counts: { ...page.counts },
        needed_metres: page.neededM,
        as_of: timeOf(page.asOf),
      };
    },
  });
};

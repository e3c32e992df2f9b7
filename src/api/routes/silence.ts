import { z } from 'zod';
import { PROVIDERS } from '#model/tracker';
import { CAUSES } from '../../lifecycle/causes.ts';
import { CENSUS_KINDS, type CensusEntry } from '../../reading/census.ts';
import { placeOf, type SilencePlace, type SilentTracker } from '../../registry/trackers.ts';
import { durationOf, durationText } from '../duration.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';
import { cutPage, pageOf, pageQuery, time, timeOf } from '../shapes.ts';
import { shownTracker, trackerShape } from '../tracker-shapes.ts';
import { causeShape, findingShape, heardShape, shownFinding, shownLiveness } from '../why-shape.ts';

const YEAR_MS = 365 * 86_400_000;

const silentShape = z
  .object({
    tracker: trackerShape,
    cause: causeShape.meta({ description: 'The likeliest cause' }),
    means: z.string().meta({ description: 'What the cause is, in words' }),
    last_heard: heardShape.nullable().meta({ description: 'What was heard last; null where nothing ever was' }),
    findings: z.array(findingShape).meta({ description: 'What speaks for it, the surest cause first' }),
  })
  .meta({ id: 'SilentTracker' });

function shownSilent({ tracker, heard, findings }: SilentTracker) {
  const cause = findings[0]?.cause ?? 'well';
  return {
    tracker: shownTracker(tracker),
    cause,
    means: CAUSES[cause],
    last_heard: heard === null ? null : shownLiveness(heard),
    findings: findings.map(shownFinding),
  };
}

function cursorOf(silent: SilentTracker): string {
  const { heardAt, oid } = placeOf(silent);
  return `${heardAt}.${oid}`;
}

function placeAt(cursor: string): SilencePlace {
  const [, heardAt, oid] = /^(\d{1,15})\.(.{1,64})$/.exec(cursor) ?? [];
  if (oid === undefined) throw new ApiError('ApiAttributeException', 'the cursor is none that this API has given');
  return { heardAt: Number(heardAt), oid };
}

/** `/v1/trackers/silent`: the trackers of which nothing was heard for long, and why. */
export const silentRoutes: Routes = (app, { trackers }) => {
  app.route({
    method: 'GET',
    url: '/v1/trackers/silent',
    config: { access: 'read' },
    schema: {
      tags: ['trackers'],
      summary:
        'Lists active trackers of which nothing was heard for long, the longest silent first, each with its likely cause',
      querystring: z.strictObject({
        for: durationText.default('2h'),
        provider: z.enum(PROVIDERS).optional(),
        cause: causeShape.optional().meta({ description: 'Only those of which this is the likeliest cause' }),
        ...pageQuery,
      }),
      response: { 200: pageOf(silentShape) },
    },
    handler: async ({ caller: { companyId }, query: { for: silence, provider, cause, cursor, limit } }) => {
      const found = await trackers.silent(companyId, {
        forMs: durationOf('for', silence, YEAR_MS),
        most: limit + 1,
        ...(provider === undefined ? {} : { provider }),
        ...(cause === undefined ? {} : { cause }),
        ...(cursor === undefined ? {} : { after: placeAt(cursor) }),
      });
      const { items, next_cursor } = cutPage(found, limit, cursorOf);
      return { items: items.map(shownSilent), next_cursor };
    },
  });
};

const censusShape = z
  .object({
    kind: z.enum(CENSUS_KINDS),
    protocol: z.string(),
    name: z.string().meta({ description: 'The key, code or ident itself' }),
    count: z.int().meta({ description: 'Messages, or frames, in which it was seen' }),
    idents: z.int().meta({ description: 'Distinct idents that sent it' }),
    sample: z.string().meta({ description: 'One of its values' }),
    first_at: time,
    last_at: time,
  })
  .meta({ id: 'CensusEntry' });

function shownEntry({ kind, protocol, name, count, idents, sample, firstAt, lastAt }: CensusEntry) {
  return { kind, protocol, name, count, idents, sample, first_at: timeOf(firstAt), last_at: timeOf(lastAt) };
}

/** `/v1/census`: what was seen that nothing knows, for whoever runs the gateway. What is known is companies' own. */
export const censusRoutes: Routes = (app, { telemetry, now }) => {
  app.route({
    method: 'GET',
    url: '/v1/census',
    config: { access: 'operator', errors: ['TelemetryAway'] },
    schema: {
      tags: ['telemetry'],
      summary:
        'Counts what was seen that no table knows and nobody registered: protocols, idents, signals, io elements, CAN ids, events',
      querystring: z.strictObject({
        kind: z.enum(CENSUS_KINDS).optional().meta({ description: 'Only this; all where it is left out' }),
        since: durationText.default('7d').meta({ description: 'How far back, such as `30m`, `24h` or `7d`' }),
        limit: z.coerce.number().int().min(1).max(1_000).default(50).meta({ description: 'Most entries of each kind' }),
      }),
      response: { 200: z.object({ items: z.array(censusShape) }) },
    },
    handler: async ({ query: { kind, since, limit } }) => {
      const from = now() - durationOf('since', since, 10 * YEAR_MS);
      const kinds = kind === undefined ? CENSUS_KINDS : [kind];
      const entries = await telemetry.census({ kinds, unknownOnly: true, from, to: now() + YEAR_MS, most: limit });
      return { items: entries.map(shownEntry) };
    },
  });
};

import { z } from 'zod';
import { pageUrl } from '../../html5/address.ts';
import type { PageLink } from '../../html5/links.ts';
import { qrSvg } from '../../html5/qr.ts';
import type { ApiErrorName } from '../errors.ts';
import type { Routes } from '../routing.ts';
import { time, timeOf, timeOrNull } from '../shapes.ts';
import { oidParams } from '../tracker-shapes.ts';

const linkShape = z
  .object({
    id: z.string(),
    created_at: time,
    expires_at: time.meta({ description: 'Until then it can be opened' }),
    opened_at: time.nullable().meta({ description: 'When a phone opened it; null while none has' }),
  })
  .meta({ id: 'TrackerPageLink' });

const madeShape = z
  .object({
    link: linkShape,
    url: z.string().meta({ description: 'To be opened on the phone: shown this once, and a secret' }),
    qr_svg: z.string().meta({ description: 'The same as a QR code, a picture in SVG' }),
  })
  .meta({ id: 'MadeTrackerPageLink' });

const DAY_MINUTES = 1_440;

function shown({ id, createdAt, expiresAt, openedAt }: PageLink) {
  return { id, created_at: timeOf(createdAt), expires_at: timeOf(expiresAt), opened_at: timeOrNull(openedAt) };
}

const NOT_FOUND: readonly ApiErrorName[] = ['TrackerNotFound'];

/** `/v1/trackers/{oid}/html5-links`: links that make the tracker page of a phone speak for a tracker. */
export const pageLinkRoutes: Routes = (app, { pageLinks, publicUrl }) => {
  app.route({
    method: 'GET',
    url: '/v1/trackers/:oid/html5-links',
    config: { access: 'read', errors: NOT_FOUND },
    schema: {
      tags: ['html5'],
      summary: 'Lists the links of the tracker page that were made for a tracker, opened or not',
      params: oidParams,
      response: { 200: z.object({ items: z.array(linkShape) }) },
    },
    handler: async ({ caller: { companyId }, params: { oid } }) => ({
      items: (await pageLinks.list(companyId, oid)).map(shown),
    }),
  });

  app.route({
    method: 'POST',
    url: '/v1/trackers/:oid/html5-links',
    config: { access: 'admin', errors: NOT_FOUND },
    schema: {
      tags: ['html5'],
      summary: 'Makes a link of the tracker page, which one phone can open once, with its QR code',
      params: oidParams,
      body: z.strictObject({
        expires_in_minutes: z
          .int()
          .min(1)
          .max(30 * DAY_MINUTES)
          .default(DAY_MINUTES)
          .meta({ description: 'How long it can be opened; the phone that has opened it may go on' }),
      }),
      response: { 201: madeShape },
    },
    handler: async ({ caller: { companyId }, params: { oid }, body, protocol, host }, reply) => {
      const { link, token } = await pageLinks.create(companyId, oid, body.expires_in_minutes * 60_000);
      const url = pageUrl(publicUrl ?? `${protocol}://${host}`, token);
      return reply.code(201).send({ link: shown(link), url, qr_svg: qrSvg(url) });
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/trackers/:oid/html5-links',
    config: { access: 'admin', errors: NOT_FOUND },
    schema: {
      tags: ['html5'],
      summary: 'Ends all links of a tracker at once, and the pages of the phones that have opened them',
      params: oidParams,
      response: { 204: z.null() },
    },
    handler: async ({ caller: { companyId }, params: { oid } }, reply) => {
      await pageLinks.endAll(companyId, oid);
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/trackers/:oid/html5-links/:id',
    config: { access: 'admin', errors: [...NOT_FOUND, 'PageLinkNotFound'] },
    schema: {
      tags: ['html5'],
      summary: 'Ends a link at once, and the page of the phone that has opened it',
      params: oidParams.extend({ id: z.uuid() }),
      response: { 204: z.null() },
    },
    handler: async ({ caller: { companyId }, params: { oid, id } }, reply) => {
      await pageLinks.end(companyId, oid, id);
      return reply.code(204).send(null);
    },
  });
};

import { z } from 'zod';
import { PAPER_KINDS, type Paper, type PaperKind } from '../../registry/papers.ts';
import type { ApiErrorName } from '../errors.ts';
import type { ApiApp, Routes } from '../routing.ts';
import { time, timeOf } from '../shapes.ts';
import { oidParams } from '../tracker-shapes.ts';

const paperShape = z
  .object({ content_type: z.enum(PAPER_KINDS), size_bytes: z.int(), sha256: z.string(), uploaded_at: time })
  .meta({ id: 'RegistrationDocument' });

const file = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array, { error: 'a file is missing' })
  .meta({
    description: 'The file itself, a PDF or picture',
    type: 'string',
    format: 'binary',
  });
const content = Object.fromEntries(PAPER_KINDS.map((kind) => [kind, { schema: file }])) as Record<
  PaperKind,
  { schema: typeof file }
>;
const ERRORS: readonly ApiErrorName[] = ['TrackerNotFound', 'RegistrationDocumentNotFound'];
const route = { url: '/v1/trackers/:oid/registration-document' } as const;

const shown = ({ kind, sizeBytes, sha256, uploadedAt }: Paper) => ({
  content_type: kind,
  size_bytes: sizeBytes,
  sha256,
  uploaded_at: timeOf(uploadedAt),
});

/** The registration document of a vehicle: a picture or PDF, which a maker may want to see. */
export const registrationDocumentRoutes: Routes = (app, { trackers, papers }) => {
  app.route({
    ...route,
    method: 'GET',
    config: { access: 'admin', errors: ERRORS },
    schema: {
      tags: ['trackers'],
      summary: 'Gives the registration document back as it was uploaded',
      params: oidParams,
      response: { 200: { description: 'The file', content } },
    },
    handler: async ({ caller: { companyId }, params: { oid } }, reply) => {
      await trackers.get(companyId, oid);
      const { kind, bytes } = await papers.get(companyId, oid);
      return reply
        .type(kind)
        .header('content-disposition', `attachment; filename="registration-document.${kind.split('/')[1] ?? ''}"`)
        .header('x-content-type-options', 'nosniff')
        .send(bytes);
    },
  });

  app.route({
    ...route,
    method: 'DELETE',
    config: { access: 'admin', errors: ERRORS },
    schema: {
      tags: ['trackers'],
      summary: 'Removes the registration document',
      params: oidParams,
      response: { 204: z.null().meta({ description: 'It is gone' }) },
    },
    handler: async ({ caller: { companyId }, params: { oid } }, reply) => {
      await trackers.get(companyId, oid);
      await papers.remove(companyId, oid);
      return reply.code(204).send(null);
    },
  });

  // In a scope of its own: no other route takes files.
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser(PAPER_KINDS, { parseAs: 'buffer', bodyLimit: papers.mostBytes }, (_request, body, parsed) => {
      parsed(null, body);
    });
    (scope as unknown as ApiApp).route({
      ...route,
      method: 'PUT',
      config: { access: 'admin', errors: ['TrackerNotFound', 'RegistrationDocumentInvalid'] },
      schema: {
        tags: ['trackers'],
        summary: 'Uploads the registration document, instead of one that was uploaded before',
        params: oidParams,
        consumes: PAPER_KINDS,
        body: file,
        response: { 200: paperShape },
      },
      handler: async ({ caller: { companyId }, params: { oid }, body, headers }) => {
        await trackers.get(companyId, oid);
        const claimed = (headers['content-type'] ?? '').split(';')[0] ?? '';
        return shown(await papers.put(companyId, oid, claimed.trim().toLowerCase(), body));
      },
    });
    done();
  });
};

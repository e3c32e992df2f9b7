import { z } from 'zod';
import { VALIDATION_STATUSES } from '#model/tracker';
import { REPORTED_ANSWERS, type ReportedAnswer } from '../../validation/answers.ts';
import type { Routes } from '../routing.ts';
import { oidParams } from '../tracker-shapes.ts';

const ANSWERS = Object.keys(REPORTED_ANSWERS) as [ReportedAnswer, ...ReportedAnswer[]];

const answerShape = z
  .strictObject({ answer: z.enum(ANSWERS), reason: z.string().trim().max(500).default('') })
  .meta({ id: 'ClearanceAnswer' });

/** What owners and providers have answered where no machine can ask them. Its owner would prove the own access by it. */
export const clearanceRoutes: Routes = (app, { reportAnswer }) => {
  app.route({
    method: 'POST',
    url: '/v1/trackers/:oid/clearance',
    config: { access: 'operator', errors: ['TrackerNotFound', 'TrackerMoveRefused'] },
    schema: {
      tags: ['trackers'],
      summary: 'Reports what the owner or the provider has answered, where nobody can be asked by machine',
      params: oidParams,
      body: answerShape,
      response: { 200: z.object({ oid: z.string(), validation_status: z.enum(VALIDATION_STATUSES) }) },
    },
    handler: async ({ params: { oid }, body: { answer, reason } }) => {
      const { status } = await reportAnswer(oid, answer, reason);
      return { oid, validation_status: status };
    },
  });
};

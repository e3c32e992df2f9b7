import { z } from 'zod';
import { ruleOf } from '../../consent/rules.ts';
import { isInTime, stateOf, type Withdrawal } from '../../consent/withdrawal.ts';
import type { Routes } from '../routing.ts';
import { cutPage, pageOf, pageQuery, time, timeOf, timeOrNull } from '../shapes.ts';

const counts = z.record(z.string(), z.int());

const withdrawalShape = z
  .object({
    id: z.string(),
    state: z
      .enum(['unresolved', 'purging', 'overdue', 'purged', 'stopped'])
      .meta({ description: '`unresolved`: it names people, and nobody knows their vehicles; withdraw for each vehicle' }),
    demand: z.enum(['erase', 'stop']),
    protocol: z
      .string()
      .nullable()
      .meta({ description: 'Only what came by this protocol is meant; null for whatever way it came' }),
    vehicles: z.array(z.string()).meta({ description: 'Keyed hashes of the idents' }),
    idents: z.array(z.string()).nullable().meta({ description: 'The idents; null once the rule forbids to keep them' }),
    cause: z.string(),
    stated_by: z.string(),
    basis: z.string().meta({ description: 'The rule or law that obliges' }),
    stated_at: time.nullable().meta({ description: 'When it is said to have happened' }),
    received_at: time,
    stopped_at: time.meta({ description: 'From then on nothing more was kept' }),
    due_at: time.nullable(),
    finished_at: time.nullable(),
    in_time: z.boolean().nullable().meta({ description: 'Null while that is open, or where there is no such time' }),
    lifted: z.object({ by: z.enum(['grant', 'registration', 'operator']), at: time }).nullable(),
    places: z.array(
      z.object({
        place: z.string(),
        gateway: z.string(),
        removed: counts,
        left: counts.meta({ description: 'What was found when it was looked for again: all 0' }),
        kept: z.array(z.string()).meta({ description: 'What was not touched, and why' }),
        started_at: time,
        finished_at: time,
      }),
    ),
  })
  .meta({ id: 'ConsentWithdrawal' });

const params = z.object({ id: z.string().min(1).max(100) });

function shown(withdrawal: Withdrawal, now: number) {
  const { id, demand, protocol, vehicles, idents, cause, by, statedAt, received, stoppedAt, dueAt, finishedAt, lifted } =
    withdrawal;
  return {
    id,
    demand,
    protocol,
    cause,
    stated_by: by,
    basis: ruleOf(protocol).basis,
    state: stateOf(withdrawal, now),
    vehicles: [...vehicles],
    idents: idents === null ? null : [...idents],
    stated_at: timeOrNull(statedAt),
    received_at: timeOf(received.receivedAt),
    stopped_at: timeOf(stoppedAt),
    due_at: timeOrNull(dueAt),
    finished_at: timeOrNull(finishedAt),
    in_time: isInTime(withdrawal, now),
    lifted: lifted === null ? null : { by: lifted.by, at: timeOf(lifted.at.receivedAt) },
    places: withdrawal.places.map(({ place, gateway, removed, left, kept, ...times }) => ({
      place,
      gateway,
      removed: { ...removed },
      left: { ...left },
      kept: [...kept],
      started_at: timeOf(times.startedAt),
      finished_at: timeOf(times.finishedAt),
    })),
  };
}

/** `/v1/consents`: rights to data that have ended, and the proof of what followed. */
export const consentRoutes: Routes = (app, services) => {
  addReading(app, services);
  addStating(app, services);
};

const addReading: Routes = (app, { consents, now }) => {
  app.route({
    method: 'GET',
    url: '/v1/consents',
    config: { access: 'read' },
    schema: {
      tags: ['consents'],
      summary: 'Lists the withdrawals of the company, by whomever they were stated',
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(withdrawalShape) },
    },
    handler: async ({ caller, query: { cursor, limit } }) => {
      const found = await consents.list(caller.companyId, { afterId: cursor, most: limit + 1 });
      const { items, next_cursor } = cutPage(found, limit, ({ id }) => id);
      return { items: items.map((one) => shown(one, now())), next_cursor };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/consents/:id',
    config: { access: 'read', errors: ['ConsentNotFound'] },
    schema: {
      tags: ['consents'],
      summary: 'Gives a withdrawal: what was stated, what was deleted where, and whether in time. It is the proof',
      params,
      response: { 200: withdrawalShape },
    },
    handler: async ({ caller, params: { id } }) => shown(await consents.get(caller.companyId, id), now()),
  });
};

const addStating: Routes = (app, { consents, now }) => {
  app.route({
    method: 'POST',
    url: '/v1/consents/withdraw',
    config: { access: 'admin', errors: ['ConsentInvalid'] },
    schema: {
      tags: ['consents'],
      summary: 'States that the right to the data of a vehicle has ended: nothing more is kept, and what there is is deleted',
      body: z.strictObject({
        vehicle: z.string().trim().min(1).max(128).meta({ description: 'An oid of a tracker, or an ident: a VIN, an IMEI' }),
        cause: z.string().trim().min(1).max(500),
        protocol: z.string().max(40).nullable().default(null),
        demand: z.enum(['erase', 'stop']).default('erase').meta({ description: '`stop` keeps what there is' }),
        stated_at: z.iso.datetime().nullable().default(null),
      }),
      response: { 202: withdrawalShape },
    },
    handler: async ({ caller: { companyId, by }, body: { stated_at: statedAt, ...body } }, reply) => {
      const wish = { ...body, companyId, by, statedAt: statedAt === null ? null : Date.parse(statedAt) };
      return reply.code(202).send(shown(await consents.withdraw(wish), now()));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/consents/:id/grant',
    config: { access: 'admin', errors: ['ConsentNotFound'] },
    schema: {
      tags: ['consents'],
      summary: 'States that the right to the data is there again: what comes from now on is kept. What was deleted stays so',
      params,
      response: { 200: withdrawalShape },
    },
    handler: async ({ caller, params: { id } }) => shown(await consents.grant(caller.companyId, id), now()),
  });
};

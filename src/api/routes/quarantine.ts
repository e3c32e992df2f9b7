import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '#errors/codes';
import { TRANSPORTS } from '#model/frame-record';
import type { Retried } from '../../quarantine/retry.ts';
import {
  ALL_QUARANTINED,
  isRetried,
  placeOfCursor,
  QUARANTINE_STATES,
  RETRY_RESULTS,
  type QuarantinedFrame,
  type QuarantineFilter,
  type QuarantinePlace,
} from '../../reading/quarantine.ts';
import { runsGateway, type Caller } from '../access.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';
import { pageOf, pageQuery, time, timeOf } from '../shapes.ts';

/** Bytes of a frame in a list. */
const SHOWN_BYTES = 256;
const CODES = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

const retryFields = {
  result: z.enum(RETRY_RESULTS).meta({
    description: '`stored` in full; `duplicate`: all of it was stored before; `failed`: it stays in quarantine',
  }),
  code: z.string().nullable().meta({ description: 'Why it failed; null where it did not' }),
  detail: z.string(),
  codec_version: z.int(),
  new_messages: z.int().meta({ description: 'Messages of it that were not stored before' }),
};

const frameShape = z
  .object({
    id: z.string(),
    received_at: time,
    code: z.string().meta({ description: 'Reason, a code of the gateway' }),
    means: z.string().meta({ description: 'What the code means' }),
    detail: z.string(),
    ident: z.string().nullable().meta({ description: 'What the device calls itself; null where none was named' }),
    tracker: z.object({ oid: z.string(), tracker_id: z.string() }).nullable(),
    company_oid: z.string().nullable().meta({ description: 'Whose it is; null where nobody has registered it' }),
    protocol: z.string(),
    codec_version: z.int(),
    dialect: z.string().nullable(),
    transport: z.enum(TRANSPORTS),
    listener: z.string(),
    peer: z.string(),
    frame_bytes: z.int().meta({ description: 'Its whole length' }),
    frame_hex: z.string().meta({ description: `The bytes; in a list the first ${SHOWN_BYTES}` }),
    state: z.enum(['open', 'retried']).meta({ description: '`retried`: the present codecs have read it, and it is stored' }),
    is_waiting: z.boolean().meta({ description: 'It is in the spool, and not in ClickHouse yet' }),
    last_retry: z.object({ at: time, ...retryFields }).nullable(),
  })
  .meta({ id: 'QuarantinedFrame' });

const retriedShape = z.object({ id: z.string(), ...retryFields, messages: z.int() }).meta({ id: 'RetriedFrame' });

const filterFields = {
  tracker: z.string().min(1).max(64).optional().meta({ description: 'Of the tracker with this oid' }),
  ident: z.string().min(1).max(200).optional(),
  peer: z.string().min(1).max(100).optional().meta({ description: 'Address, with or without its port' }),
  listener: z.string().min(1).max(100).optional(),
  code: z.enum(CODES).optional(),
  protocol: z.string().min(1).max(40).optional(),
  from: z.iso.datetime().optional().meta({ description: 'Received at this time or later' }),
  to: z.iso.datetime().optional().meta({ description: 'Received before this time' }),
  state: z.enum(QUARANTINE_STATES).default('open'),
};
type Fields = z.infer<z.ZodObject<typeof filterFields>>;

const params = z.object({ id: z.string().min(1).max(60) });

const listed = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

function filterOf(caller: Caller, asked: Fields): QuarantineFilter {
  const { tracker, ident, peer, listener, code, protocol, from, to, state } = asked;
  return {
    companyId: seenBy(caller),
    trackerOids: listed(tracker),
    idents: listed(ident),
    peers: listed(peer),
    listeners: listed(listener),
    codes: listed(code),
    protocols: listed(protocol),
    from: from === undefined ? null : Date.parse(from),
    to: to === undefined ? null : Date.parse(to),
    state,
  };
}

/** What a caller may see at all. */
function allOf(caller: Caller): QuarantineFilter {
  return { ...ALL_QUARANTINED, companyId: seenBy(caller) };
}

/** Whoever runs the gateway sees all. */
function seenBy({ companyId, role }: Caller): string | null {
  return runsGateway(role) ? null : companyId;
}

function placeAt(cursor: string | undefined): QuarantinePlace | null {
  if (cursor === undefined) return null;
  const place = placeOfCursor(cursor);
  if (place === null) throw new ApiError('ApiAttributeException', 'the cursor is none that this API has given');
  return place;
}

function shown(frame: QuarantinedFrame, mostBytes: number) {
  const { tracker, retry, companyId } = frame;
  return {
    id: frame.id,
    received_at: timeOf(frame.receivedAt),
    code: frame.code,
    means: Object.hasOwn(ERROR_CODES, frame.code) ? ERROR_CODES[frame.code as ErrorCode].means : '',
    detail: frame.detail,
    ident: frame.ident === '' ? null : frame.ident,
    tracker: tracker === null ? null : { oid: tracker.oid, tracker_id: tracker.trackerId },
    company_oid: tracker?.companyId ?? (companyId === '' ? null : companyId),
    protocol: frame.protocol,
    codec_version: frame.codecVersion,
    dialect: frame.dialect === '' ? null : frame.dialect,
    transport: frame.transport,
    listener: frame.listener,
    peer: frame.peer,
    frame_bytes: frame.frame.length,
    frame_hex: Buffer.from(frame.frame.subarray(0, mostBytes)).toString('hex'),
    state: isRetried(frame) ? ('retried' as const) : ('open' as const),
    is_waiting: !frame.stored,
    last_retry:
      retry === null
        ? null
        : {
            at: timeOf(retry.at),
            result: retry.result,
            code: retry.code === '' ? null : retry.code,
            detail: retry.detail,
            codec_version: retry.codecVersion,
            new_messages: retry.newMessages,
          },
  };
}

function shownRetried({ id, result, code, detail, codecVersion, messages, newMessages }: Retried) {
  return { id, result, code, detail, codec_version: codecVersion, messages, new_messages: newMessages };
}

/** `/v1/quarantine`: refused frames with their reason. A company sees those of its own trackers and endpoints, an operator all. */
export const quarantineRoutes: Routes = (app, { quarantine }) => {
  app.route({
    method: 'GET',
    url: '/v1/quarantine',
    config: { access: 'any', errors: ['TelemetryAway'] },
    schema: {
      tags: ['quarantine'],
      summary: 'Lists frames in quarantine, the newest first: of the company’s trackers and endpoints, for an operator all',
      querystring: z.strictObject({ ...filterFields, ...pageQuery }),
      response: { 200: pageOf(frameShape) },
    },
    handler: async ({ caller, query: { cursor, limit, ...asked } }) => {
      const { frames, next } = await quarantine.list(filterOf(caller, asked), placeAt(cursor), limit);
      return { items: frames.map((frame) => shown(frame, SHOWN_BYTES)), next_cursor: next };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/quarantine/:id',
    config: { access: 'any', errors: ['QuarantineNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['quarantine'],
      summary: 'Shows a frame in quarantine with all of its bytes',
      params,
      response: { 200: frameShape },
    },
    handler: async ({ caller, params: { id } }) => shown(await quarantine.get(allOf(caller), id), Infinity),
  });

  app.route({
    method: 'POST',
    url: '/v1/quarantine/:id/retry',
    config: { access: 'keys', errors: ['QuarantineNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['quarantine'],
      summary: 'Puts a frame through the present codecs again; what it says is stored once, however often it is tried',
      params,
      response: { 200: retriedShape },
    },
    handler: async ({ caller, params: { id } }) => shownRetried(await quarantine.retry(allOf(caller), id)),
  });

  app.route({
    method: 'POST',
    url: '/v1/quarantine/retry',
    config: { access: 'keys', errors: ['TelemetryAway'] },
    schema: {
      tags: ['quarantine'],
      summary: 'Puts frames through the present codecs again, a page at a time, the newest first',
      body: z.strictObject({ ...filterFields, ...pageQuery }),
      response: { 200: pageOf(retriedShape) },
    },
    handler: async ({ caller, body: { cursor, limit, ...asked } }) => {
      const { retried, next } = await quarantine.retryAll(filterOf(caller, asked), placeAt(cursor), limit);
      return { items: retried.map(shownRetried), next_cursor: next };
    },
  });
};

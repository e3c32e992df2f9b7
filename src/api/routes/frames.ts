import { z } from 'zod';
import { TRANSPORTS } from '#model/frame-record';
import { FRAME_OUTCOMES, isFramesCursor, type ReadFrame } from '../../reading/frames.ts';
import { dissectionShape, shownDissection } from '../dissection-shape.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';
import { pageOf, pageQuery, time, timeOf } from '../shapes.ts';
import { cursorIn, rangeIn, rangeQuery } from '../time-range.ts';
import { oidParams } from '../tracker-shapes.ts';

const DAY_MS = 86_400_000;
/** Frames of the last days are listed where nobody says from when. */
const USUAL_DAYS = 30;
/** Bytes that may be pasted: the longest frame that a device sends in one piece is shorter. */
const MOST_BYTES = 16_384;

const frameProperties = {
  id: z.string(),
  received_at: time,
  ident: z.string(),
  protocol: z.string(),
  dialect: z.string().nullable(),
  transport: z.enum(TRANSPORTS),
  listener: z.string(),
  peer: z.string(),
  session_id: z.string(),
  outcome: z.enum(FRAME_OUTCOMES),
  fault: z.string().nullable().meta({ description: 'Why it, or a part of it, is in quarantine' }),
  messages: z.int(),
  size_bytes: z.int(),
};

const frameShape = z
  .object({ ...frameProperties, head: z.string().meta({ description: 'Hex of its first bytes' }) })
  .meta({ id: 'Frame' });

const wholeShape = z
  .object({
    ...frameProperties,
    hex: z.string().meta({ description: 'All its bytes' }),
    dissection: dissectionShape
      .nullable()
      .meta({ description: 'What every byte says; null for what clouds push, which is text' }),
  })
  .meta({ id: 'FrameDetail' });

/** `/v1/telemetry/{oid}/frames` and `/v1/dissect`: bytes as they came, and what they say. */
export const frameRoutes: Routes = (app, services) => {
  addList(app, services);
  addFrame(app, services);
  addDissect(app, services);
};

const addList: Routes = (app, { telemetry, now }) => {
  app.route({
    method: 'GET',
    url: '/v1/telemetry/:oid/frames',
    config: { access: 'read', errors: ['TrackerNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['frames'],
      summary:
        'Lists the stored frames of a tracker, the newest first; a page may hold fewer than asked for, or none, before the last',
      description: `Without \`from\` those of the last ${USUAL_DAYS} days.`,
      params: oidParams,
      querystring: z.strictObject({
        ...rangeQuery,
        outcome: frameProperties.outcome.optional().meta({ description: 'Only frames that ended so' }),
        ...pageQuery,
      }),
      response: { 200: pageOf(frameShape) },
    },
    handler: async ({ caller, params: { oid }, query }) => {
      const tracker = await telemetry.trackerOf(caller.companyId, oid);
      const range = rangeIn(query, { from: now() - USUAL_DAYS * DAY_MS, to: now() + DAY_MS });
      const after = cursorIn(query.cursor, isFramesCursor);
      const asked = { ...range, outcome: query.outcome ?? null, after, most: query.limit };
      const { frames, next } = await telemetry.frames(tracker, asked);
      return { items: frames.map((frame) => ({ ...shownFrame(frame), head: frame.head })), next_cursor: next };
    },
  });
};

const addFrame: Routes = (app, { telemetry, dissector }) => {
  app.route({
    method: 'GET',
    url: '/v1/telemetry/:oid/frames/:frame',
    config: { access: 'read', errors: ['TrackerNotFound', 'FrameNotFound', 'TelemetryAway'] },
    schema: {
      tags: ['frames'],
      summary: 'Shows a stored frame and what every byte of it says',
      params: oidParams.extend({ frame: z.string().min(1).max(64).meta({ description: 'Id of the frame' }) }),
      response: { 200: wholeShape },
    },
    handler: async ({ caller, params: { oid, frame: id } }) => {
      const tracker = await telemetry.trackerOf(caller.companyId, oid);
      const found = await telemetry.frame(tracker, id);
      if (found === null) throw new ApiError('FrameNotFound', `the tracker has sent no frame "${id}"`);
      const { bytes, protocol, ident, dialect, transport } = found;
      const given = { protocol, ident: ident === '' ? null : ident, dialect, transport };
      const isNamed = dissector.protocols.includes(protocol);
      const dissection = isNamed ? shownDissection(dissector.dissect(bytes, given), bytes) : null;
      return { ...shownFrame(found), hex: Buffer.from(bytes).toString('hex'), dissection };
    },
  });
};

const dissectBody = z
  .strictObject({
    hex: z
      .string()
      .max(MOST_BYTES * 4)
      .optional()
      .meta({ description: `Hex digits, with blanks between them or not; at most ${MOST_BYTES} bytes` }),
    base64: z
      .string()
      .max(MOST_BYTES * 2)
      .optional()
      .meta({ description: 'Instead of `hex`' }),
    protocol: z.string().max(64).optional().meta({ description: 'Name of a codec; without it the bytes choose' }),
    ident: z.string().min(1).max(200).optional().meta({ description: 'Identity that a frame before gave' }),
    dialect: z.string().min(1).max(64).optional().meta({ description: 'Dialect that a frame before made known' }),
    transport: z.enum(TRANSPORTS).optional().meta({ description: 'How they came; without it as a stream, or as one datagram' }),
  })
  .meta({ id: 'DissectRequest' });

const addDissect: Routes = (app, { dissector }) => {
  app.route({
    method: 'POST',
    url: '/v1/dissect',
    config: { access: 'read' },
    schema: {
      tags: ['frames'],
      summary:
        'Names every byte of what is given: where it lies, what stands there, what it means; and what it could be where it is unknown',
      description: 'Nothing is stored of it.',
      body: dissectBody,
      response: { 200: dissectionShape },
    },
    handler: async ({ body }) => {
      const bytes = bytesOf(body);
      const { protocol, ident, dialect, transport } = body;
      if (protocol !== undefined && !dissector.protocols.includes(protocol)) {
        const known = dissector.protocols.join(', ');
        throw new ApiError('ApiAttributeException', `no codec is called "${protocol}": there are ${known}`);
      }
      const given = {
        protocol: protocol ?? null,
        ident: ident ?? null,
        dialect: dialect ?? null,
        transport: transport ?? null,
      };
      return shownDissection(dissector.dissect(bytes, given), bytes);
    },
  });
};

/** The bytes of a request. Throws `ApiAttributeException`, or `ApiAttributeMissing` where there are none. */
function bytesOf({ hex, base64 }: z.output<typeof dissectBody>): Uint8Array {
  if (hex !== undefined && base64 !== undefined)
    throw new ApiError('ApiAttributeException', 'give `hex` or `base64`, not both');
  const bytes = hex !== undefined ? fromHex(hex) : base64 !== undefined ? fromBase64(base64) : null;
  if (bytes === null || bytes.length === 0)
    throw new ApiError('ApiAttributeMissing', 'hex: is missing; it is a text of hex digits');
  if (bytes.length > MOST_BYTES)
    throw new ApiError('ApiAttributeException', `${bytes.length} bytes are more than the ${MOST_BYTES} that are taken at once`);
  return bytes;
}

function fromHex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s|0x/gi, '');
  const wrong = /[^0-9a-f]/i.exec(digits)?.[0];
  if (wrong !== undefined) throw new ApiError('ApiAttributeException', `hex: "${wrong}" is no hex digit`);
  if (digits.length % 2 === 1)
    throw new ApiError('ApiAttributeException', 'hex: a byte has two digits, and the last one has one');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

function fromBase64(text: string): Uint8Array {
  const packed = text.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new ApiError('ApiAttributeException', 'base64: it is none');
  return Uint8Array.from(Buffer.from(packed, 'base64'));
}

function shownFrame(frame: ReadFrame) {
  const { id, receivedAt, ident, protocol, dialect, transport, listener, peer, sessionId, fault, messages, sizeBytes } = frame;
  return {
    id,
    received_at: timeOf(receivedAt),
    ident,
    protocol,
    dialect,
    transport,
    listener,
    peer,
    session_id: sessionId,
    outcome: frame.outcome,
    fault,
    messages,
    size_bytes: sizeBytes,
  };
}

/** A dissection as the API shows it: fields one after the other, what is inside of others behind them with a greater depth. */
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '#errors/codes';
import type { DissectedPiece, Dissection } from '../dissect/dissect.ts';

const faultShape = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  offset: z.int().nullable().meta({ description: 'Byte of the piece' }),
  detail: z.string(),
});

const fieldShape = z
  .object({
    name: z.string(),
    depth: z
      .int()
      .meta({ description: '0 for what the piece itself consists of; what is deeper is inside of the field before it' }),
    offset: z.int().meta({ description: 'First byte, counted from the beginning of the piece' }),
    length: z.int(),
    parts: z
      .boolean()
      .meta({ description: 'Whether other fields are inside; where there are none, the bytes are all its own' }),
    decoded: z.boolean().meta({ description: 'False for bytes that nobody has read' }),
    raw: z.union([z.number(), z.string()]).nullable().meta({ description: 'As it stands on the wire, before any scale' }),
    value: z.union([z.number(), z.string()]).nullable().meta({ description: 'What the bytes say of the frame itself' }),
    unit: z.string().nullable(),
    meaning: z.string().nullable(),
    section: z.string().nullable().meta({ description: 'Where the specification describes it' }),
    readings: z
      .array(
        z.object({
          key: z.string(),
          value: z.union([z.number(), z.string(), z.boolean()]),
          unit: z.string().nullable(),
          meaning: z.string().nullable(),
        }),
      )
      .meta({ description: 'What the message states because of these bytes' }),
    faults: z.array(faultShape),
  })
  .meta({ id: 'DissectedField' });

const pieceShape = z
  .object({
    from: z.int().meta({ description: 'Where it lies in the input' }),
    end: z.int(),
    kind: z.string(),
    hex: z.string(),
    ident: z.string().nullable(),
    dialect: z.string().nullable(),
    messages: z.int(),
    reply: z.string().nullable().meta({ description: 'Hex of the bytes that let the device forget it' }),
    stopped_at: z.int().nullable().meta({
      description: 'First byte that nobody has read; the length of the piece where its end is missing; null where all is read',
    }),
    faults: z.array(faultShape),
    fields: z.array(fieldShape),
  })
  .meta({ id: 'DissectedPiece' });

export const dissectionShape = z
  .object({
    bytes: z.int(),
    protocol: z.string().nullable().meta({ description: 'Null where no codec finds a frame in the bytes' }),
    ident: z.string().nullable(),
    pieces: z.array(pieceShape),
    pieces_left: z.int().meta({ description: 'Further pieces, which are not shown' }),
    candidates: z
      .array(
        z.object({
          protocol: z.string(),
          outcome: z.enum(['frames', 'damaged', 'begun', 'none']),
          read_as: z.enum(['stream', 'datagram']),
          offset: z.int().meta({ description: 'Byte that decides' }),
          expected: z.string().nullable(),
          found: z.string().nullable(),
          reason: z.string(),
        }),
      )
      .meta({ description: 'What each codec says of the bytes, the likeliest first' }),
  })
  .meta({ id: 'Dissection' });

/** Shows a dissection of these bytes. */
export function shownDissection({ pieces, verdicts, ...known }: Dissection, bytes: Uint8Array) {
  return {
    bytes: known.bytes,
    protocol: known.protocol,
    ident: known.ident,
    pieces: pieces.map((piece) => shownPiece(piece, bytes)),
    pieces_left: known.piecesLeft,
    candidates: verdicts.map(({ protocol, outcome, as, offset, expected, found, reason }) => {
      return { protocol, outcome, read_as: as, offset, expected, found, reason };
    }),
  };
}

function shownPiece({ from, end, kind, ident, dialect, messages, reply, faults, span }: DissectedPiece, bytes: Uint8Array) {
  const fields = span.children.flatMap((child) => fieldsOf(child, 0));
  const unread = fields.find(({ decoded }) => !decoded);
  return {
    from,
    end,
    kind,
    hex: Buffer.from(bytes.subarray(from, end)).toString('hex'),
    ident,
    dialect,
    messages,
    reply,
    stopped_at: unread?.offset ?? (kind === 'incomplete' ? end - from : null),
    faults: faults.map(shownFault),
    fields,
  };
}

type Span = DissectedPiece['span'];

function fieldsOf(span: Span, depth: number): ReturnType<typeof shownField>[] {
  return [shownField(span, depth), ...span.children.flatMap((child) => fieldsOf(child, depth + 1))];
}

function shownField(span: Span, depth: number) {
  const { name, from, end, raw, value, unit, meaning, section, readings, faults, children } = span;
  return {
    name,
    depth,
    offset: from,
    length: end - from,
    parts: children.length > 0,
    decoded: name !== NOT_DECODED,
    raw,
    value,
    unit,
    meaning,
    section,
    readings: [...readings],
    faults: faults.map(shownFault),
  };
}

/** Name of the fields that no decode has read, as the dissection gives it. */
const NOT_DECODED = 'not decoded';

function shownFault({ code, offset, detail }: DissectedPiece['faults'][number]) {
  return { code, offset: offset ?? null, detail };
}

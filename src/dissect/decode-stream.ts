import type { Fault } from '#errors/fault';
import { fault } from '#errors/fault';
import type { Transport } from '#model/frame-record';
import type { Codec, Decoded, Decoder, SessionContext } from '#protocols/codec';
import { chooseCodec, chooseForDatagram } from '../session/choose-codec.ts';

/** One piece of a byte stream as its codec sees it. Offsets are in the stream, `end` exclusive. */
export interface DecodedPiece {
  from: number;
  end: number;
  kind: Decoded['kind'] | 'refused' | 'incomplete' | 'idle';
  decoded: Decoded | null;
  faults: readonly Fault[];
  /** What the session knew when this piece was looked at. */
  context: SessionContext;
}

/** A stream taken apart. */
export interface DecodedStream {
  /** `null` where no codec recognises the first bytes. */
  protocol: string | null;
  /** Identity known at the end, `null` where the stream never says it. */
  ident: string | null;
  pieces: readonly DecodedPiece[];
}

/** An identity that stands in for the one a login would have given. */
export const NOBODY = '';

/**
 * Takes a stream apart as a session would, without a connection: of several codecs the first bytes choose, each frame is decoded with
 * what the frames before it made known. Data without a login is decoded all the same, since a pasted frame seldom has one. To a
 * decoder that is no codec all of the bytes are one frame.
 */
export function decodeStream(codecs: Decoder | readonly Codec[], bytes: Uint8Array, given: SessionContext): DecodedStream {
  const chosen = isList(codecs) ? chooseByBytes(codecs, bytes, given.transport) : codecs;
  if (chosen === null) {
    const why = fault('wire_unknown', 0, 'no protocol recognises the first bytes; --protocol names one');
    return { protocol: null, ident: null, pieces: [failed('refused', 0, bytes.length, why, given)] };
  }
  const pieces =
    carriesFrames(given.transport) || !isCodec(chosen)
      ? [decodeFrame(chosen, bytes, 0, bytes.length, given)]
      : piecesOf(chosen, bytes, given);
  const last = pieces.at(-1);
  const ident = last?.decoded?.ident ?? last?.context.ident ?? null;
  return { protocol: chosen.name, ident: ident === NOBODY ? null : ident, pieces };
}

// Array.isArray does not narrow a readonly array.
const isList = (codecs: Decoder | readonly Codec[]): codecs is readonly Codec[] => Array.isArray(codecs);
/** Tells a codec, which splits streams, from a decoder of whole frames. */
export const isCodec = (decoder: Decoder): decoder is Codec => 'split' in decoder;

/** A datagram or an MQTT message is one frame, in the form the protocol has for it. */
function carriesFrames(transport: Transport): boolean {
  return transport === 'udp' || transport === 'mqtt' || transport === 'http';
}

/** The codec a session would choose for the bytes; `null` where they are none's, or too few. */
export function chooseByBytes(codecs: readonly Codec[], bytes: Uint8Array, transport: Transport): Codec | null {
  if (carriesFrames(transport)) return chooseForDatagram(codecs, bytes);
  const chosen = chooseCodec(codecs, bytes, 0, bytes.length);
  return typeof chosen === 'string' ? null : chosen;
}

function piecesOf(codec: Codec, bytes: Uint8Array, given: SessionContext): DecodedPiece[] {
  const pieces: DecodedPiece[] = [];
  let context = given;
  let from = 0;
  while (from < bytes.length) {
    const split = codec.split(bytes, from, bytes.length, context);
    if (split.kind === 'need-more') {
      const detail = `${bytes.length - from} bytes are left, at least ${split.atLeast} are needed`;
      pieces.push(failed('incomplete', from, bytes.length, fault('session_unfinished', bytes.length - from, detail), context));
      break;
    }
    if (split.end <= from) throw new Error(`${codec.name} stands still at byte ${from}`);
    if (split.kind === 'refused') pieces.push(failed('refused', from, split.end, split.fault, context));
    else if (split.kind === 'idle') pieces.push({ from, end: split.end, kind: 'idle', decoded: null, faults: [], context });
    else {
      const piece = decodeFrame(codec, bytes, from, split.end, context);
      pieces.push(piece);
      const { ident, dialect } = piece.decoded as Decoded;
      context = { ident: ident ?? context.ident, dialect: dialect ?? context.dialect, transport: context.transport };
    }
    from = split.end;
  }
  return pieces;
}

function failed(kind: 'refused' | 'incomplete', from: number, end: number, why: Fault, context: SessionContext): DecodedPiece {
  return { from, end, kind, decoded: null, faults: [why], context };
}

function decodeFrame(codec: Decoder, bytes: Uint8Array, from: number, end: number, given: SessionContext): DecodedPiece {
  const frame = bytes.subarray(from, end);
  let context = given;
  let decoded = codec.decode(frame, context);
  if (context.ident === null && decoded.faults.some(({ code }) => code === 'session_login_required')) {
    context = { ...context, ident: NOBODY };
    decoded = codec.decode(frame, context);
  }
  return { from, end, kind: decoded.kind, decoded, faults: decoded.faults, context };
}

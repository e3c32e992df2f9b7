import type { Fault } from '#errors/fault';
import { fault } from '#errors/fault';
import type { Codec, Decoded, SessionContext } from '#protocols/codec';
import { chooseCodec } from '../session/choose-codec.ts';

/** One piece of a byte stream as its codec sees it. Offsets are in the stream, `end` exclusive. */
export interface DecodedPiece {
  from: number;
  end: number;
  kind: Decoded['kind'] | 'refused' | 'incomplete';
  decoded: Decoded | null;
  faults: readonly Fault[];
}

/** A stream taken apart. */
export interface DecodedStream {
  /** `null` where no codec recognises the first bytes. */
  protocol: string | null;
  /** Identity known at the end, `null` where the stream never says it. */
  ident: string | null;
  pieces: readonly DecodedPiece[];
}

/**
 * Takes a stream apart as a session would, without a connection: of several codecs the first bytes choose, each frame is decoded with
 * what the frames before it made known. Data without a login is decoded all the same, since a pasted frame seldom has one.
 */
export function decodeStream(codecs: Codec | readonly Codec[], bytes: Uint8Array, given: SessionContext): DecodedStream {
  const chosen = isList(codecs) ? chooseCodec(codecs, bytes, 0, bytes.length) : codecs;
  if (typeof chosen === 'string') {
    const why = fault('wire_unknown', 0, 'no protocol recognises the first bytes; --protocol names one');
    return {
      protocol: null,
      ident: null,
      pieces: [{ ...span(0, bytes.length), kind: 'refused', decoded: null, faults: [why] }],
    };
  }
  if (given.transport === 'udp') {
    // A datagram is one frame, in the form the protocol has for datagrams.
    const decoded = decodeFrame(chosen, bytes, given);
    const piece = { ...span(0, bytes.length), kind: decoded.kind, decoded, faults: decoded.faults };
    return { protocol: chosen.name, ident: decoded.ident ?? given.ident, pieces: [piece] };
  }
  const pieces: DecodedPiece[] = [];
  let context = given;
  let from = 0;
  while (from < bytes.length) {
    const split = chosen.split(bytes, from, bytes.length, context);
    if (split.kind === 'need-more') {
      const detail = `${bytes.length - from} bytes are left, at least ${split.atLeast} are needed`;
      const why = fault('session_unfinished', from, detail);
      pieces.push({ ...span(from, bytes.length), kind: 'incomplete', decoded: null, faults: [why] });
      break;
    }
    if (split.kind === 'refused')
      pieces.push({ ...span(from, split.end), kind: 'refused', decoded: null, faults: [split.fault] });
    if (split.kind === 'frame') {
      const decoded = decodeFrame(chosen, bytes.subarray(from, split.end), context);
      pieces.push({ ...span(from, split.end), kind: decoded.kind, decoded, faults: decoded.faults });
      context = {
        ident: decoded.ident ?? context.ident,
        dialect: decoded.dialect ?? context.dialect,
        transport: given.transport,
      };
    }
    from = split.end;
  }
  return { protocol: chosen.name, ident: context.ident, pieces };
}

// Array.isArray does not narrow a readonly array.
const isList = (codecs: Codec | readonly Codec[]): codecs is readonly Codec[] => Array.isArray(codecs);
const span = (from: number, end: number) => ({ from, end });

/** An identity that stands in for the one a login would have given. */
const NOBODY = '';

function decodeFrame(codec: Codec, frame: Uint8Array, context: SessionContext): Decoded {
  const decoded = codec.decode(frame, context);
  const wantsLogin = context.ident === null && decoded.faults.some(({ code }) => code === 'session_login_required');
  return wantsLogin ? codec.decode(frame, { ...context, ident: NOBODY }) : decoded;
}

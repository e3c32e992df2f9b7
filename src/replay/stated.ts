import { isoOrNull } from '#model/plain-json';
import { SIGNAL_BY_KEY } from '#model/signals';
import type { Codec } from '#protocols/codec';
import { toHex } from '#wire/hex';
import { stateDecoded, type Statement } from '../../protocols/conformance/statement.ts';
import { identOf, type Piece } from './piece.ts';

/** A frame of a capture and what a codec makes of it, as plain JSON: what saved decodes hold and diffs compare. */
export interface StatedFrame {
  /** Number of the entry with which it became whole; `null` for what never did. With `session` and `from` it names the frame. */
  entry: number | null;
  session: string;
  /** Place in all that the session sent. */
  from: number;
  /** Number in the capture, from 1. */
  frame: number;
  at: string | null;
  /** `null` where no codec recognised the bytes. */
  protocol: string | null;
  /** Ident it is filed under; empty where no device was named. */
  filed: string;
  hex: string;
  decode: Statement;
}

/** Gives the unit of a signal; `null` where it has none, or is none of the catalogue. */
export type UnitOf = (key: string) => string | null;

export const presentUnit: UnitOf = (key) => SIGNAL_BY_KEY.get(key)?.unit ?? null;

/** States pieces one after another; idle bytes are left out. */
export class FrameStater {
  #frames = 0;

  state(piece: Piece): StatedFrame | null {
    const { kind, entry, sessionId, from, at, codec, bytes, decoded } = piece;
    if (kind === 'idle') return null;
    return {
      entry: kind === 'incomplete' ? null : entry,
      session: sessionId,
      from,
      frame: ++this.#frames,
      at: isoOrNull(at),
      protocol: codec?.name ?? null,
      filed: identOf(piece),
      hex: toHex(bytes),
      decode: decoded === null ? undecoded(piece) : stateDecoded(decoded, bytes),
    };
  }
}

/** Of bytes that are no frame: why, and what lets the device forget them once it has sent them too often. */
function undecoded({ kind, codec, context, bytes, faults }: Piece): Statement {
  let reply: Uint8Array | null = null;
  try {
    if (kind === 'refused' && codec !== null && 'replyToRefused' in codec)
      reply = (codec as Codec).replyToRefused(bytes, context);
  } catch {
    // A codec that throws is our bug; that these bytes are refused stands beside it.
  }
  return {
    kind: 'refused',
    ident: null,
    dialect: null,
    messages: [],
    faults: faults.map(({ code, offset, detail }) => ({ code, offset, detail })),
    reply: reply === null ? null : toHex(reply),
    refusal: null,
  };
}

/** Keys of the signals that a frame states. */
export function signalsOf({ decode }: StatedFrame): string[] {
  return decode.messages.flatMap(({ signals }) => Object.keys((signals as Record<string, unknown> | undefined) ?? {}));
}

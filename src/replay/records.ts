import { ERROR_CODES } from '#errors/codes';
import type { FrameRecord } from '#model/frame-record';
import type { Decoded, Decoder } from '#protocols/codec';
import type { DecoderRegistry } from '#protocols/registry';
import { recordOf } from './messages.ts';
import { identOf, type Piece } from './piece.ts';
import type { Renaming } from './renaming.ts';

/** Why a piece leaves no record: a gateway would have taken it no further either. */
export type NotKept = 'idle' | 'unfinished' | 'unnamed' | 'refused';

/**
 * Gives the record that a gateway would have put into its spool, or why it would not: a frame of nobody, one before its login, one
 * that names no possible device.
 */
export function recordFor(piece: Piece, renaming: Renaming): FrameRecord | NotKept {
  const { kind, decoded, codec, context, faults } = piece;
  if (kind === 'idle') return 'idle';
  if (kind === 'incomplete') return 'unfinished';
  if (codec === null || identOf(piece) === '') return isAboutOthers(decoded) ? recordOf(piece) : 'unnamed';
  if (faults.some(({ code }) => ERROR_CODES[code].scope === 'session')) return 'refused';
  const record = recordOf(piece);
  return { ...record, ident: context.ident === null ? null : renaming.of(context.ident) };
}

/** What a cloud pushes may name its vehicles one by one. */
function isAboutOthers(decoded: Decoded | null): boolean {
  const messages = decoded?.messages ?? [];
  return messages.length > 0 && messages.every(({ ident }) => ident !== null);
}

/** Decoders that say of devices what they stand for. The bytes stay as they are, and still name whom they named. */
export function renamed(decoders: DecoderRegistry, renaming: Renaming): DecoderRegistry {
  if (renaming.isEmpty) return decoders;
  return new Map([...decoders].map(([name, decoder]) => [name, withNames(decoder, renaming)]));
}

function withNames(decoder: Decoder, renaming: Renaming): Decoder {
  const { name, version, maxFrameBytes } = decoder;
  return {
    name,
    version,
    maxFrameBytes,
    decode(frame, context) {
      const decoded = decoder.decode(frame, context);
      const messages = decoded.messages.map((message) =>
        message.ident === null ? message : { ...message, ident: renaming.of(message.ident) },
      );
      return { ...decoded, ident: decoded.ident === null ? null : renaming.of(decoded.ident), messages };
    },
  };
}

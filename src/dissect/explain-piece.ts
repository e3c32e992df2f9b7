/** Explains one piece of a stream byte by byte: by the decode itself, which tells a trace what it reads. */
import type { Fault } from '#errors/fault';
import type { Decoded, Decoder, SessionContext } from '#protocols/codec';
import type { Span } from '#protocols/explain/span';
import { Trace, type Notes } from '#protocols/explain/trace';
import { explained } from '#protocols/explain/tree';
import { isCodec, NOBODY, type DecodedPiece } from './decode-stream.ts';

export interface ExplainedPiece {
  /** Covers the piece; offsets count from its start. */
  span: Span;
  /** What the codec got wrong in naming its bytes. None of a codec that passes the conformance kit. */
  flaws: string[];
  /** What the decode gave under the trace; `null` where nothing was decoded. */
  decoded: Decoded | null;
}

/** Explains a piece of `bytes`, by what decoded it: `null` where nothing recognised it. */
export function explainPiece(
  codec: Decoder | null,
  bytes: Uint8Array,
  { from, end, kind, faults, context }: DecodedPiece,
): ExplainedPiece {
  const piece = bytes.subarray(from, end);
  if (kind === 'idle') return oneField(piece, faults, { meaning: 'Passed over, and not counted' });
  if (codec !== null && kind !== 'refused' && kind !== 'incomplete') return explainFrame(codec, piece, context, faults);
  // What starts no frame has no fields; of a frame that was cut or damaged they are named as far as they go.
  if (codec === null || faults.some(({ code }) => code === 'wire_resync' || code === 'wire_unknown'))
    return explainedBy(new Trace(piece), faults, null);
  const claimed = Math.max(claimedBytes(codec, piece, context), piece.length);
  const whole = new Uint8Array(claimed);
  whole.set(bytes.subarray(from, from + claimed));
  // A pasted frame seldom has its login before it.
  return explainFrame(codec, whole, { ...context, ident: context.ident ?? NOBODY }, faults, piece.length);
}

/**
 * Explains a frame. Where it was cut, only the first `here` bytes of it are there, and the others are zeros. Every fault of
 * `faults` has a place in the explanation.
 */
export function explainFrame(
  codec: Decoder,
  frame: Uint8Array,
  context: SessionContext,
  faults: readonly Fault[],
  here = frame.length,
): ExplainedPiece {
  if (codec.explain === undefined) return oneField(frame.subarray(0, here), faults, { meaning: 'This codec names no fields' });
  const trace = new Trace(frame, here);
  return explainedBy(trace, faults, codec.explain(frame, context, trace));
}

function oneField(bytes: Uint8Array, faults: readonly Fault[], notes: Notes): ExplainedPiece {
  const trace = new Trace(bytes);
  trace.field('bytes', 0, bytes.length, notes);
  return explainedBy(trace, faults, null);
}

function explainedBy(trace: Trace, faults: readonly Fault[], decoded: Decoded | null): ExplainedPiece {
  return { ...explained(trace, faults), decoded };
}

/** How long the frame says it is that begins the piece; 0 where that is not to be seen. */
function claimedBytes(codec: Decoder, piece: Uint8Array, context: SessionContext): number {
  if (!isCodec(codec)) return 0;
  const split = codec.split(piece, 0, piece.length, context);
  return split.kind === 'need-more' ? split.atLeast : 0;
}

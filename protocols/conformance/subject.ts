/** What a check is told about the codec under test. */
import type { Codec } from '#protocols/codec';
import { newSession } from '#protocols/codec';
import { isStream, type Golden } from './golden.ts';

export interface LengthField {
  /** Offset in the frame. */
  offset: number;
  /** Width in bytes. */
  width: 1 | 2 | 4;
  littleEndian?: boolean;
}

/** What only the codec's author knows about its frames. Offsets are in the frame. */
export interface FrameFacts {
  /** The bytes a checksum covers, and the checksum itself; `null` where the frame has none. */
  checked: (frame: Uint8Array) => { from: number; end: number } | null;
  /** The field that says how long the frame is; `null` where none does. It counts bytes. */
  lengthField: (frame: Uint8Array) => LengthField | null;
  /** Bytes that start no frame and hold no start of one: `split` must refuse exactly these, before and between frames. */
  garbage: Uint8Array;
  /** Gives the frame with its checksum made right, where `decode` looks at it: so that one byte can be changed and all still be read. */
  seal?: (frame: Uint8Array) => Uint8Array;
}

export interface Subject extends FrameFacts {
  codec: Codec;
  goldens: readonly Golden[];
}

/** A frame that a stream carries and a session goes on after. */
export function isPlainFrame({ context, expected, bytes }: Golden, codec: Codec): boolean {
  return (
    isStream(context.transport) && expected.kind !== 'refused' && bytes.length <= codec.maxFrameBytes && !endsSession(expected)
  );
}

function endsSession({ faults }: Golden['expected']): boolean {
  return faults.some(({ code }) => code.startsWith('session_'));
}

/** The context of a connection that has said nothing, over the golden's transport. */
export function freshContext({ context }: Golden): ReturnType<typeof newSession> {
  return newSession(context.transport);
}

/** Longest golden of which every position is tried. */
const ALL_POSITIONS = 256;
const FIRST = 96;
const LAST = 32;
const BETWEEN = 64;

/**
 * Positions to try in `[from, end)`: all up to 256, of more the first 96, the last 32 and 64 spread evenly between. Envelopes
 * lie at both ends of a frame; between them the same records repeat.
 */
export function samplePositions(from: number, end: number): number[] {
  const count = end - from;
  if (count <= ALL_POSITIONS) return Array.from({ length: Math.max(0, count) }, (_, i) => from + i);
  const stride = (count - FIRST - LAST) / BETWEEN;
  return [
    ...Array.from({ length: FIRST }, (_, i) => from + i),
    ...Array.from({ length: BETWEEN }, (_, i) => from + FIRST + Math.floor(i * stride)),
    ...Array.from({ length: LAST }, (_, i) => end - LAST + i),
  ];
}

/** Says of each codec whether bytes could be its protocol, and why not: what an operator asks of bytes nobody recognises. */
import type { Fault } from '#errors/fault';
import { newSession, type Codec } from '#protocols/codec';
import { decodeStream, type DecodedPiece } from './decode-stream.ts';

/** How far a codec gets with the bytes, best first. */
export const OUTCOMES = ['frames', 'damaged', 'begun', 'none'] as const;

export interface Verdict {
  protocol: string;
  /**
   * `frames` where whole frames with right checksums are there, `damaged` where one is whole but for its checksum, `begun` where
   * the bytes end too early to tell, `none` where they cannot be this protocol.
   */
  outcome: (typeof OUTCOMES)[number];
  /** Whether they were read as a stream of frames or as one datagram. */
  as: 'stream' | 'datagram';
  frames: number;
  /** Bytes that are in whole frames. */
  framed: number;
  /** Where it is decided: the first frame, or the first byte that speaks against it. */
  offset: number;
  /** What would have to stand there; `null` where a fault says it. */
  expected: string | null;
  found: string | null;
  /** All of it in one sentence. */
  reason: string;
}

/** Judges the bytes by every codec, best first. */
export function verdictsOn(codecs: readonly Codec[], bytes: Uint8Array): Verdict[] {
  const verdicts = codecs.map((codec) => judge(codec, bytes));
  return verdicts.sort((a, b) => OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) || b.framed - a.framed);
}

function judge(codec: Codec, bytes: Uint8Array): Verdict {
  const stream = judgeStream(codec, bytes);
  const datagram = judgeDatagram(codec, bytes);
  // Inside of a datagram there may be what looks like a frame of the stream.
  return datagram !== null && (stream.framed < datagram.framed || stream.outcome !== 'frames') ? datagram : stream;
}

const NOTHING = { frames: 0, framed: 0, offset: 0, expected: null, found: null };

/** Bytes of a datagram say more than first bytes: they are one whole frame, or none. */
function judgeDatagram(codec: Codec, bytes: Uint8Array): Verdict | null {
  if (codec.probeDatagram?.(bytes) !== true) return null;
  const { faults } = codec.decode(bytes, newSession('udp'));
  const wrong = faults.find(({ code }) => code.startsWith('wire_'));
  const verdict = { ...NOTHING, protocol: codec.name, as: 'datagram' as const };
  if (wrong !== undefined)
    return { ...verdict, outcome: 'damaged', offset: wrong.offset ?? 0, reason: `a datagram: ${wrong.detail}` };
  return { ...verdict, outcome: 'frames', frames: 1, framed: bytes.length, reason: 'one whole datagram (--transport udp)' };
}

function judgeStream(codec: Codec, bytes: Uint8Array): Verdict {
  const verdict = { ...NOTHING, protocol: codec.name, as: 'stream' as const };
  const { pieces } = decodeStream(codec, bytes, newSession('tcp'));
  const frames = pieces.filter(({ decoded }) => decoded !== null);
  const [first] = frames;
  if (first !== undefined) {
    const framed = frames.reduce((sum, { from, end }) => sum + end - from, 0);
    const reason = `${count(frames.length, 'whole frame')}, the first at byte ${first.from}; ${framed} of ${bytes.length} bytes`;
    return { ...verdict, outcome: 'frames', frames: frames.length, framed, offset: first.from, reason };
  }
  const damage = faultOf(pieces, ({ code }) => code === 'wire_crc');
  if (damage !== null) {
    const reason = `a frame begins at byte ${damage.from}, but its checksum is wrong at byte ${damage.at}: ${damage.detail}`;
    return { ...verdict, outcome: 'damaged', offset: damage.at, reason };
  }
  const mismatch = codec.mismatch?.(bytes, 0, bytes.length) ?? null;
  if (mismatch !== null) {
    const { offset, expected, found } = mismatch;
    const reason = `byte ${offset}: expected ${expected}, found ${found}`;
    return { ...verdict, outcome: 'none', offset, expected, found, reason };
  }
  const unfinished = faultOf(pieces, ({ code }) => code === 'session_unfinished');
  if (unfinished !== null) {
    return {
      ...verdict,
      outcome: 'begun',
      offset: bytes.length,
      reason: `a frame may begin at byte ${unfinished.from}: ${unfinished.detail}`,
    };
  }
  const refused = faultOf(pieces, () => true);
  const reason = refused === null ? 'nothing but idle bytes' : `byte ${refused.at}: ${refused.detail}`;
  return { ...verdict, outcome: 'none', offset: refused?.at ?? 0, reason };
}

function faultOf(
  pieces: readonly DecodedPiece[],
  wanted: (fault: Fault) => boolean,
): { from: number; at: number; detail: string } | null {
  for (const { from, faults } of pieces) {
    const fault = faults.find(wanted);
    if (fault !== undefined) return { from, at: from + (fault.offset ?? 0), detail: fault.detail };
  }
  return null;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

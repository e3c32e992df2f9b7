/**
 * Puts together what ISO 15765-2 (ISO-TP) sends over CAN frames. The first nibble tells the kind: 0 single frame, length in the
 * second (in the next byte where that is 0: CAN FD); 1 first frame, length 12 bits; 2 consecutive frame, counting nibble;
 * 3 flow control, which is the tester's and carries nothing. Nothing is sent: whoever asks the questions answers the flow.
 */

import type { Trace } from '#protocols/explain/trace';

/** The 12-bit length's limit; the longer form for CAN FD is refused. */
const SIZE_LIMIT = 4095;
/** Answers under way at once; the one begun first gives way. */
const ANSWERS_LIMIT = 32;

interface AnswerUnderWay {
  payload: Uint8Array;
  filled: number;
  /** Nibble the next consecutive frame must have. */
  next: number;
}

/** The answers under way on one bus, by CAN id. The caller keeps it for as long as the frames belong together. */
export type IsoTpState = Map<number, AnswerUnderWay>;

export function newIsoTpState(): IsoTpState {
  return new Map();
}

function readSingle(data: Uint8Array): Uint8Array | null {
  const nibble = (data[0] as number) & 0xf;
  const from = nibble === 0 ? 2 : 1;
  const length = nibble === 0 ? (data[1] ?? 0) : nibble;
  return length > 0 && from + length <= data.length ? data.subarray(from, from + length) : null;
}

function begin(state: IsoTpState, canId: number, data: Uint8Array): void {
  state.delete(canId);
  const size = (((data[0] as number) & 0xf) << 8) | (data[1] ?? 0);
  // A first frame whose answer would have fitted into a single one is nobody's; zero announces the longer form.
  if (size < 8 || size > SIZE_LIMIT || data.length < 8) return;
  if (state.size >= ANSWERS_LIMIT) for (const oldest of [...state.keys()].slice(0, 1)) state.delete(oldest);
  const payload = new Uint8Array(size);
  const filled = Math.min(size, data.length - 2);
  payload.set(data.subarray(2, 2 + filled));
  state.set(canId, { payload, filled, next: 1 });
}

function goOn(state: IsoTpState, canId: number, data: Uint8Array): Uint8Array | null {
  const answer = state.get(canId);
  if (answer === undefined) return null;
  const wanted = Math.min(data.length - 1, answer.payload.length - answer.filled);
  const lost = ((data[0] as number) & 0xf) !== answer.next;
  if (lost || wanted === 0) {
    state.delete(canId);
    return null;
  }
  answer.payload.set(data.subarray(1, 1 + wanted), answer.filled);
  answer.filled += wanted;
  answer.next = (answer.next + 1) & 0xf;
  if (answer.filled < answer.payload.length) return null;
  state.delete(canId);
  return answer.payload;
}

/**
 * Shows a frame to ISO-TP; gives the payload it makes whole, a view on a single frame's data, or `null`. A lost frame ends its answer.
 * Changes `state`, which stays within its bounds whatever comes.
 */
export function stepIsoTp(state: IsoTpState, canId: number, data: Uint8Array): Uint8Array | null {
  if (data.length === 0) return null;
  switch ((data[0] as number) >>> 4) {
    case 0:
      return readSingle(data);
    case 1:
      begin(state, canId, data);
      return null;
    case 2:
      return goOn(state, canId, data);
    default:
      return null;
  }
}

/** What of a frame is ISO-TP's; what a single frame carries is the answer's to name. */
export function nameIsoTp(trace: Trace, data: Uint8Array): void {
  const section = 'ISO 15765-2';
  if (data.length === 0) return;
  const first = data[0] as number;
  const size = ((first & 0xf) << 8) | (data[1] ?? 0);
  switch (first >>> 4) {
    case 0: {
      const isLong = first === 0 && data.length > 1;
      trace.part(data, 'single frame', 0, isLong ? 2 : 1, {
        value: isLong ? (data[1] as number) : first,
        unit: 'byte',
        section,
      });
      break;
    }
    case 1:
      trace.part(data, 'first frame', 0, Math.min(2, data.length), {
        value: size,
        unit: 'byte',
        meaning: 'Of the answer',
        section,
      });
      trace.part(data, 'piece of the answer', 2, data.length, { section, states: [] });
      break;
    case 2:
      trace.part(data, 'consecutive frame', 0, 1, { value: first & 0xf, meaning: 'Its number', section });
      trace.part(data, 'piece of the answer', 1, data.length, { section, states: [] });
      break;
    default:
      trace.part(data, 'flow control', 0, data.length, { meaning: 'Of the tester; carries nothing', section });
  }
}

/** What must hold of the explanation of a golden: every byte in one field, whole, cut and damaged; and the decode unchanged. */
import type { Codec } from '#protocols/codec';
import { allSpans, leavesOf, NOT_DECODED, type Span } from '#protocols/explain/span';
import type { Message } from '#model/message';
import { explainFrame, explainPiece, type ExplainedPiece } from '../../src/dissect/explain-piece.ts';
import { decodeStream } from '../../src/dissect/decode-stream.ts';
import { must, mustEqual, type GoldenCheck } from './check.ts';
import { guarded } from './drive.ts';
import type { Golden } from './golden.ts';
import { stateDecoded } from './statement.ts';
import { samplePositions, type Subject } from './subject.ts';

const isExplained = (_: Golden, codec: Codec): boolean => codec.explain !== undefined;
const isFrame = (golden: Golden, codec: Codec): boolean => isExplained(golden, codec) && golden.expected.kind !== 'refused';

export const EXPLAIN_CHECKS: readonly GoldenCheck[] = [
  { sentence: 'means the same when it is explained, and every byte has its field', applies: isFrame, run: explainsTheDecode },
  { sentence: 'is explained byte by byte in a stream, refused ranges too', applies: isExplained, run: explainsTheStream },
  { sentence: 'is explained as far as it goes where it is cut', applies: isExplained, run: explainsTheCut },
  { sentence: 'is explained without a throw when damaged', applies: isFrame, run: explainsTheDamaged },
  { sentence: 'shows what changes with a byte on that byte', applies: isFrame, run: explainsTheChange },
];

/** Leaves lie side by side from the first byte to the last, and parents hold exactly their children. */
function mustCover({ span, flaws }: ExplainedPiece, bytes: Uint8Array, where: string): void {
  must(flaws.length === 0, `${where}: ${flaws[0]}`);
  let at = 0;
  for (const leaf of leavesOf(span)) {
    must(leaf.from === at && leaf.end > at, `${where}: ${leaf.name} is at [${leaf.from},${leaf.end}), and byte ${at} is next`);
    must(
      leaf.hex === Buffer.from(bytes.subarray(leaf.from, leaf.end)).toString('hex'),
      `${where}: ${leaf.name} has other bytes`,
    );
    at = leaf.end;
  }
  must(at === bytes.length, `${where}: the bytes from ${at} on have no field`);
  for (const parent of allSpans(span)) {
    const { from, end, children } = parent;
    if (children.length === 0) continue;
    must(children[0]?.from === from && children.at(-1)?.end === end, `${where}: ${parent.name} is not what it holds`);
  }
}

function explainsTheDecode({ codec }: Subject, { bytes, context }: Golden): void {
  const frame = guarded(bytes);
  const decoded = codec.decode(frame, context);
  const piece = explainFrame(codec, frame, context, decoded.faults);
  must(piece.decoded !== null, 'nothing was decoded');
  mustEqual(stateDecoded(piece.decoded, frame), stateDecoded(decoded, frame), 'decoded under a trace');
  mustCover(piece, bytes, 'frame');
  const unread = leavesOf(piece.span).filter(({ name }) => name === NOT_DECODED);
  const blamed = new Set(allSpans(piece.span).flatMap(({ faults }) => faults));
  if (decoded.faults.length === 0)
    must(unread.length === 0, `the bytes from ${unread[0]?.from} to ${unread[0]?.end} have no name, though nothing is wrong`);
  for (const fault of decoded.faults) must(blamed.has(fault), `${fault.code} is shown nowhere`);
  const said = new Set(allSpans(piece.span).flatMap(readingsOf));
  for (const [index, message] of decoded.messages.entries())
    for (const statement of statementsOf(message)) must(said.has(statement), `message ${index}: no field says ${statement}`);
}

/** What a message states, as text: what some field of the frame must say. */
function statementsOf({ deviceTime, fix, signalKeys, signalValues, stateKeys, stateValues, events }: Message): string[] {
  const parts = Object.entries(fix ?? {}).filter(([part, value]) => value !== null && part !== 'valid' && part !== 'fixTime');
  return [
    ...(deviceTime === null ? [] : [`deviceTime ${new Date(deviceTime).toISOString()}`]),
    ...(typeof fix?.fixTime === 'number' ? [`fix.fixTime ${new Date(fix.fixTime).toISOString()}`] : []),
    ...parts.map(([part, value]) => `fix.${part} ${String(value)}`),
    ...signalKeys.map((key, i) => `${key} ${signalValues[i]}`),
    ...stateKeys.map((key, i) => `${key} ${stateValues[i]}`),
    ...events.map(({ code }) => `event ${code}`),
  ];
}

function readingsOf({ readings }: Span): string[] {
  return readings.map(({ key, value }) => `${key} ${value}`);
}

function explainsTheStream({ codec }: Subject, { bytes, context }: Golden): void {
  const { pieces } = decodeStream(codec, bytes, context);
  for (const piece of pieces) {
    const part = bytes.subarray(piece.from, piece.end);
    mustCover(explainPiece(codec, bytes, piece), part, `${piece.kind} [${piece.from},${piece.end})`);
  }
}

function explainsTheCut({ codec }: Subject, { bytes, context }: Golden): void {
  for (const length of samplePositions(1, bytes.length)) {
    const cut = bytes.subarray(0, length);
    for (const piece of decodeStream(codec, cut, context).pieces) {
      const explanation = explainPiece(codec, cut, piece);
      const where = `cut after ${length}: ${piece.kind} [${piece.from},${piece.end})`;
      mustCover(explanation, cut.subarray(piece.from, piece.end), where);
      const blamed = new Set(allSpans(explanation.span).flatMap(({ faults }) => faults));
      for (const fault of piece.faults) must(blamed.has(fault), `${where}: ${fault.code} is shown nowhere`);
    }
  }
}

/** One of the flips at each position: what a damaged frame decodes to is another check's. */
function explainsTheDamaged({ codec }: Subject, { bytes, context }: Golden): void {
  for (const at of samplePositions(0, bytes.length)) {
    const flip = FLIPPED[at % FLIPPED.length] as number;
    const damaged = flipped(bytes, at, flip);
    const frame = guarded(damaged);
    const { faults } = codec.decode(frame, context);
    const piece = explainFrame(codec, frame, context, faults);
    mustCover({ ...piece, flaws: [] }, damaged, `byte ${at} ^ 0x${flip.toString(16)}`);
    if (piece.decoded !== null) mustEqual(piece.decoded.faults, faults, `byte ${at} ^ 0x${flip.toString(16)}: faults`);
  }
}

function flipped(bytes: Uint8Array, at: number, flip: number): Uint8Array {
  const damaged = bytes.slice();
  damaged[at] = (damaged[at] as number) ^ flip;
  return damaged;
}

/** Bits to turn over, alone and together, in search of one that a reading depends on. */
const FLIPPED = [0x01, 0x80, 0x02, 0x40, 0x04, 0x20, 0x08, 0x10, 0x03];

/** A field that says something must say something else when its bytes are others: else it stands in the wrong place. */
function explainsTheChange({ codec, seal = (frame) => frame }: Subject, { bytes, context }: Golden): void {
  const explain = (frame: Uint8Array): Span[] => {
    const { faults } = codec.decode(frame, context);
    return leavesOf(explainFrame(codec, frame, context, faults).span);
  };
  for (const leaf of explain(bytes)) {
    if (leaf.readings.length === 0) continue;
    const positions = samplePositions(leaf.from, leaf.end);
    const isSaidHere = positions.some((at) =>
      FLIPPED.some((bit) => {
        const twin = explain(seal(flipped(bytes, at, bit))).find(({ from, end }) => from === leaf.from && end === leaf.end);
        return twin === undefined || JSON.stringify(twin.readings) !== JSON.stringify(leaf.readings);
      }),
    );
    must(isSaidHere, `${leaf.name} at ${leaf.from} says ${readingsOf(leaf).join(', ')} whatever its bytes are`);
  }
}

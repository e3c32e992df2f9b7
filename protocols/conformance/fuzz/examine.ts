/** Holds a codec to what must be true of any bytes at all. */
import type { Codec, Decoded, SessionContext } from '#protocols/codec';
import { holdToDecode } from '../acknowledgement.ts';
import { must, mustEqual, stateDrive } from '../check.ts';
import { driveChunks, guarded } from '../drive.ts';
import { isStream } from '../golden.ts';
import { breachesOfModel } from '../model-rules.ts';
import { stateDecoded } from '../statement.ts';
import type { FuzzInput } from './input.ts';

/**
 * Throws where the codec throws, breaks the contract of `split`, answers differently the second time or for another cut of
 * the stream, or makes a message the model does not allow. Gives what came out, as short texts without numbers: inputs
 * that bring a new one are worth keeping.
 */
export function examine(codec: Codec, { context, chunks }: FuzzInput): Set<string> {
  const stream = new Uint8Array(Buffer.concat(chunks));
  if (!isStream(context.transport)) return examineDecode(codec, stream, context);
  codec.probe(stream, 0, stream.length);
  const drive = driveChunks(codec, chunks, context);
  mustEqual(stateDrive(driveChunks(codec, [stream], context)), stateDrive(drive), 'in one chunk');
  // Behind a checksum few damaged frames come through `split`: `decode` meets them here.
  const seen = examineDecode(codec, stream, context);
  // Each call but the last of a chunk passes over a byte: the drive has held `split` to that.
  must(drive.splitCalls <= stream.length + chunks.length, `${drive.splitCalls} calls of split for ${stream.length} bytes`);
  for (const { fault } of drive.refused) seen.add(`refused ${inGeneral(fault)}`);
  for (const { decoded } of drive.frames) noteDecoded(codec, decoded, seen);
  return seen;
}

/**
 * Looks at an input as `examine` does, once and without comparing: many times as fast. It notices what a codec must never do with any
 * bytes, not that it answers differently for another cut.
 */
export function glance(codec: Codec, { context, chunks }: FuzzInput): void {
  if (!isStream(context.transport)) {
    holdToModel(codec, codec.decode(chunks[0] ?? new Uint8Array(), context));
    return;
  }
  for (const { decoded } of driveChunks(codec, chunks, context).frames) holdToModel(codec, decoded);
}

function holdToModel(codec: Codec, { messages }: Decoded): void {
  for (const message of messages) for (const wrong of breachesOfModel(message, codec)) must(false, wrong);
}

function examineDecode(codec: Codec, bytes: Uint8Array, context: SessionContext): Set<string> {
  const frame = guarded(bytes);
  const decoded = codec.decode(frame, context);
  holdToDecode(codec, frame, context, decoded);
  mustEqual(stateDecoded(codec.decode(frame, context), frame), stateDecoded(decoded, frame), 'the second time');
  const seen = new Set<string>();
  noteDecoded(codec, decoded, seen);
  return seen;
}

function noteDecoded(codec: Codec, decoded: Decoded, seen: Set<string>): void {
  holdToModel(codec, decoded);
  for (const message of decoded.messages) {
    for (const { code } of message.events) if (!/\d/.test(code)) seen.add(`event ${code}`);
  }
  for (const fault of decoded.faults) seen.add(`${decoded.kind} ${inGeneral(fault)}`);
  if (decoded.faults.length === 0) seen.add(`${decoded.kind} of ${Math.min(decoded.messages.length, 3)}`);
}

/** A fault without its numbers and quotations: every value of a field would be an outcome of its own. */
function inGeneral({ code, detail }: { code: string; detail: string }): string {
  return `${code}: ${detail.replaceAll(/"[^"]*"/g, '"…"').replaceAll(/0x[0-9a-f]+|-?\d[\d.]*/gi, 'N')}`;
}

/** Takes away from an input what does not matter for its failing, within a bounded number of attempts. */
export async function shrink(
  fails: (input: FuzzInput) => boolean | Promise<boolean>,
  input: FuzzInput,
  attempts = 2_000,
): Promise<FuzzInput> {
  let best = input;
  let left = attempts;
  for (let size = Math.ceil(total(best) / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < total(best) && left > 0; left--) {
      const smaller = without(best, at, size);
      if (smaller.chunks.length > 0 && (await fails(smaller))) best = smaller;
      else at += size;
    }
  }
  return best;
}

function total({ chunks }: FuzzInput): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

/** The input without `size` bytes at stream offset `from`. */
function without({ context, chunks }: FuzzInput, from: number, size: number): FuzzInput {
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const chunk of chunks) {
    const [cutFrom, cutEnd] = [from - at, from + size - at].map((edge) => Math.max(0, Math.min(chunk.length, edge)));
    const rest = Buffer.concat([chunk.subarray(0, cutFrom), chunk.subarray(cutEnd)]);
    if (rest.length > 0) kept.push(rest);
    at += chunk.length;
  }
  return { context, chunks: kept };
}

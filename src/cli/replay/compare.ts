import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { GatewayError } from '#errors/gateway-error';
import type { Source } from '../../capture/import/index.ts';
import { DecodePrinter, headOf, readDecode, withUnits, type DecodeSource, type Units } from '../../replay/decode-file.ts';
import { diffFrames } from '../../replay/diff.ts';
import { countUnitChanges, frameChangeText, unitChangeText } from '../../replay/output/diff-text.ts';
import { piecesOf } from '../../replay/replay.ts';
import type { DecoderOptions } from '../../replay/session-decoder.ts';
import { FrameStater, presentUnit, type StatedFrame, type UnitOf } from '../../replay/stated.ts';
import { say, startProgress, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';
import { OutWriter } from './out-writer.ts';

/** What the codecs given make of a capture. How far it is read is shown on the terminal, where `io` names one. */
export function decodeOf(
  name: string,
  input: Source,
  decoding: DecoderOptions,
  io: Io | null,
  unitOf: UnitOf = presentUnit,
): DecodeSource {
  const units: Units = new Map();
  async function* frames(): AsyncGenerator<StatedFrame> {
    const stater = new FrameStater();
    const progress = io === null ? null : startProgress(io, 'bytes', input.sizeBytes ?? 0);
    try {
      for await (const piece of piecesOf(input.entries, decoding)) {
        progress?.update(input.readBytes());
        const stated = stater.state(piece);
        if (stated !== null) yield stated;
      }
    } finally {
      progress?.stop();
    }
  }
  return { name, frames: withUnits(frames(), unitOf, units), units };
}

/** A decode that was saved. Rejects with `capture_invalid` where the file is none. */
export function savedDecode(path: string): DecodeSource {
  const units: Units = new Map();
  return { name: path, frames: readDecode(linesOf(path), path, units), units };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path);
  try {
    await once(stream, 'open');
  } catch (cause) {
    throw new GatewayError('capture_invalid', `${path} cannot be read: ${String(cause)}`, { cause });
  }
  yield* createInterface({ input: stream, crlfDelay: Infinity });
}

/** Writes what the codecs make of a capture to a file; gives the number of frames. */
export async function saveDecode(io: Io, path: string, input: Source, decoding: DecoderOptions): Promise<number> {
  const printer = new DecodePrinter(presentUnit);
  const file = createWriteStream(path);
  const progress = startProgress(io, 'bytes', input.sizeBytes ?? 0);
  let frames = 0;
  try {
    await once(file, 'open');
    const out = new OutWriter(file);
    await out.write(printer.head(headOf(decoding.decoders)));
    const stater = new FrameStater();
    for await (const piece of piecesOf(input.entries, decoding)) {
      const stated = stater.state(piece);
      if (stated === null) continue;
      frames++;
      await out.write(printer.frame(stated));
      progress.update(input.readBytes());
    }
    await out.write(printer.foot());
    await out.flush();
    file.end();
    await once(file, 'finish');
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('capture_invalid', `${path} cannot be written: ${String(cause)}`, { cause });
  } finally {
    progress.stop();
    file.destroy();
  }
  return frames;
}

/** Shows where two decodes of one capture differ, each frame with its bytes. Throws where they do. */
export async function sayDiff(io: Io, before: DecodeSource, after: DecodeSource): Promise<void> {
  const out = new OutWriter(io.out);
  const counts = { frames: 0 };
  const units = { before: before.units, after: after.units };
  let changed = 0;
  let messages = 0;
  for await (const change of diffFrames(before.frames, after.frames, counts)) {
    changed++;
    messages += change.parts.filter(({ message }) => message !== null).length;
    await out.write(`${changed === 1 ? '' : '\n'}${frameChangeText(change, units)}`);
  }
  const unitChanges = unitChangeText(units);
  if (unitChanges !== '') await out.write(`${changed === 0 ? '' : '\n'}${unitChanges}`);
  await out.flush();
  if (changed === 0 && unitChanges === '') {
    say(io, `${before.name} and ${after.name} are the same, ${counts.frames} frames`);
    return;
  }
  const what = `${changed} of ${counts.frames} frames differ, ${messages} messages in them`;
  const signals = countUnitChanges(units);
  throw new CommandFailure('refused', `${what}${signals === 0 ? '' : `, and the units of ${signals} signals`}`);
}

/** What must hold for damaged, hostile and foreign bytes. */
import type { Codec } from '#protocols/codec';
import { holdToDecode } from './acknowledgement.ts';
import { must, mustEqual, stateDrive, type GoldenCheck } from './check.ts';
import { driveChunks, feed, guarded, openDrive, type Drive } from './drive.ts';
import { isStream, type Golden } from './golden.ts';
import { breachesOfModel } from './model-rules.ts';
import { isPlainFrame, samplePositions, type LengthField, type Subject } from './subject.ts';

/** Lowest bit, highest bit, all bits. */
export const FLIPS = [0x01, 0x80, 0xff];

export const DAMAGE_CHECKS: readonly GoldenCheck[] = [
  { sentence: 'is never accepted with a byte flipped, and the next frame survives', applies: isPlainFrame, run: everyFlip },
  { sentence: 'is not believed with a byte flipped when a datagram brings it', applies: isPlainFrame, run: flippedDatagram },
  { sentence: 'survives garbage before it, which is counted exactly', applies: isPlainFrame, run: garbageBefore },
  { sentence: 'costs no more than maxFrameBytes whatever its length field says', applies: isPlainFrame, run: hostileLengths },
  {
    sentence: 'decodes without a throw, and within the model, when damaged',
    applies: (golden) => golden.expected.kind !== 'refused',
    run: damagedDecode,
  },
];

/**
 * Bytes after which a device that repeats its frame must be heard again: a false length claims up to `maxFrameBytes`, and
 * the place where that ends may cut one of the repeated frames.
 */
function recoveryBytes(codec: Codec, frame: Uint8Array): number {
  return codec.maxFrameBytes + 2 * frame.length;
}

/** Feeds the frame again and again, as a device does that gets no ack, until it is accepted or the session ends. */
function mustRecover(drive: Drive, frame: Uint8Array, damagedBytes: number, where: string): void {
  const bound = recoveryBytes(drive.codec, frame);
  let looked = 0;
  for (let fed = 0; fed < bound; fed += frame.length) {
    feed(drive, frame);
    if (drive.closedBy !== null) return;
    for (; looked < drive.frames.length; looked++) {
      const accepted = drive.frames[looked];
      if (accepted !== undefined && accepted.at >= damagedBytes && Buffer.compare(accepted.bytes, frame) === 0) return;
    }
  }
  must(false, `${where}: the frame, sent again and again, is not accepted within ${bound} bytes`);
}

function everyFlip({ codec, checked }: Subject, { bytes, context }: Golden): void {
  const cover = checked(bytes);
  for (const at of samplePositions(0, bytes.length)) {
    for (const flip of FLIPS) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] as number) ^ flip;
      const drive = openDrive(codec, context);
      feed(drive, damaged);
      if (cover !== null && at >= cover.from && at < cover.end) {
        const taken = drive.frames.find((frame) => frame.at <= at && at < frame.at + frame.bytes.length);
        must(taken === undefined, `byte ${at} ^ 0x${flip.toString(16)}: accepted, though its checksum covers that byte`);
      }
      if (drive.closedBy === null) mustRecover(drive, bytes, bytes.length, `byte ${at} ^ 0x${flip.toString(16)}`);
    }
  }
}

/** Which listener carries a codec is configuration, and no split comes before a datagram: its checksum is for `decode`. */
function flippedDatagram({ codec, checked }: Subject, { bytes, context }: Golden): void {
  const cover = checked(bytes);
  if (cover === null) return;
  for (const at of samplePositions(cover.from, cover.end)) {
    for (const flip of FLIPS) {
      const { messages, reply, faults } = codec.decode(guarded(flipped(bytes, at, flip)), { ...context, transport: 'udp' });
      const isBelieved = messages.length > 0 || reply !== null || faults.length === 0;
      must(!isBelieved, `byte ${at} ^ 0x${flip.toString(16)}, over UDP: believed, though its checksum covers that byte`);
    }
  }
}

function garbageBefore({ codec, garbage }: Subject, { bytes, context }: Golden): void {
  const stream = new Uint8Array(2 * (garbage.length + bytes.length));
  for (const [at, part] of [
    [0, garbage],
    [garbage.length, bytes],
  ] as const) {
    stream.set(part, at);
    stream.set(part, stream.length / 2 + at);
  }
  const drive = driveChunks(codec, [stream], context);
  const found = drive.frames.map(({ at, bytes: frame }) => [at, frame.length]);
  const wanted = [garbage.length, 2 * garbage.length + bytes.length].map((at) => [at, bytes.length]);
  mustEqual(found, wanted, 'frames after garbage, as [offset, length]');
  const refused = drive.refused.reduce((sum, range) => sum + range.bytes.length, 0);
  must(refused === 2 * garbage.length, `${refused} bytes are refused of ${2 * garbage.length} bytes of garbage`);
  const single = Array.from(stream, (_, i) => stream.subarray(i, i + 1));
  mustEqual(stateDrive(driveChunks(codec, single, context)), stateDrive(drive), 'garbage one byte at a time');
}

/** Bytes that a codec may want to see beyond a length field before it refuses an impossible length. */
const HEADER_BYTES = 32;

function hostileLengths({ codec, lengthField }: Subject, { bytes, context }: Golden): void {
  const field = lengthField(bytes);
  if (field === null) return;
  const overhead = bytes.length - readField(bytes, field);
  const highest = 2 ** (8 * field.width) - 1;
  const longest = codec.maxFrameBytes - overhead;
  for (const value of new Set([0, longest, longest + 1, highest])) {
    if (value > highest) continue;
    const hostile = bytes.slice();
    writeField(hostile, field, value);
    const header = hostile.subarray(0, Math.min(hostile.length, field.offset + field.width + HEADER_BYTES));
    const drive = openDrive(codec, context);
    feed(drive, header);
    const asked = drive.needed;
    must(
      value <= longest || asked <= field.offset + field.width + HEADER_BYTES,
      `length ${value}, above the limit: ${asked} bytes are waited for`,
    );
    feed(drive, hostile.subarray(header.length));
    if (drive.closedBy === null) mustRecover(drive, bytes, bytes.length, `length ${value}`);
  }
}

function readField(bytes: Uint8Array, { offset, width, littleEndian = false }: LengthField): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 0x100 + (bytes[offset + (littleEndian ? width - 1 - i : i)] as number);
  return value;
}

function writeField(bytes: Uint8Array, { offset, width, littleEndian = false }: LengthField, value: number): void {
  for (let i = 0; i < width; i++) bytes[offset + (littleEndian ? i : width - 1 - i)] = Math.floor(value / 0x100 ** i) & 0xff;
}

/** A datagram has no `split` before it, and a checksum proves nothing about its sender: `decode` meets everything. */
function damagedDecode({ codec }: Subject, { bytes, context }: Golden): void {
  const contexts = [context, { ...context, ident: null, dialect: null }];
  for (const at of samplePositions(0, bytes.length)) {
    for (const damaged of [...FLIPS.map((flip) => flipped(bytes, at, flip)), bytes.subarray(0, at)]) {
      for (const session of contexts) {
        const frame = guarded(damaged);
        const decoded = codec.decode(frame, session);
        holdToDecode(codec, frame, session, decoded);
        for (const message of decoded.messages) {
          for (const wrong of breachesOfModel(message, codec)) must(false, `byte ${at} damaged: ${wrong}, without a fault`);
        }
        codec.replyToRefused(frame, session);
      }
    }
    if (!isStream(context.transport)) mustNotBeWhole(codec, bytes.subarray(0, at), { context, at });
  }
}

/** The bytes with one of them changed. */
export function flipped(bytes: Uint8Array, at: number, flip: number): Uint8Array {
  const damaged = bytes.slice();
  damaged[at] = (damaged[at] as number) ^ flip;
  return damaged;
}

/** A datagram that was cut must be faulted: it has no more bytes to wait for. */
function mustNotBeWhole(codec: Codec, cut: Uint8Array, { context, at }: Pick<Golden, 'context'> & { at: number }): void {
  const { faults } = codec.decode(guarded(cut), context);
  must(faults.length > 0, `its first ${at} bytes, as a datagram, are decoded without a fault`);
}

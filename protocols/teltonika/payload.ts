/**
 * Decodes what stands between the envelope's length and its checksum, whatever codec it is of: the same bytes come over TCP
 * in a frame and over UDP in a datagram.
 *
 *     codec u8 · count u8 · records · count u8
 */
import type { Decoded } from '#protocols/codec';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { decodeCommand, isCommandCodec } from './commands.ts';
import { decodeRecords } from './decode.ts';
import { namePayloadEnds } from './explain.ts';
import { familyOf } from './families.ts';
import { CODEC_7, decodeGh3000 } from './gh3000.ts';
import { CODEC_8, CODEC_8_WIDE, shapeOf, walkRecords, type RecordShape } from './records.ts';

/** Codec id and both counts. */
export const MIN_PAYLOAD_BYTES = 3;

/** The shape the codec id names, but for a device that sends its records wider than documented. */
function fittingShape(bytes: Uint8Array, from: number, last: number, count: number, named: RecordShape): RecordShape {
  if (named !== CODEC_8 || walkRecords(bytes, from, last, CODEC_8, count) === last) return named;
  return walkRecords(bytes, from, last, CODEC_8_WIDE, count) === last ? CODEC_8_WIDE : named;
}

/**
 * Decodes `bytes[from, end)` into `decoded`. Gives the number of records to acknowledge, or `null` for a codec that is not
 * acknowledged. Faults: `decode_unsupported` for an unknown codec, `decode_range` where the counts differ, `wire_trailing`,
 * and those of the records.
 */
export function decodePayload(
  bytes: Uint8Array,
  from: number,
  end: number,
  dialect: string | null,
  decoded: Decoded,
  trace: Trace | null,
): number | null {
  const codec = bytes[from] as number;
  if (trace !== null) namePayloadEnds(trace, bytes, from, end);
  if (isCommandCodec(codec)) {
    decodeCommand(bytes, from, end, decoded, trace);
    return null;
  }
  const named = shapeOf(codec);
  if (named === null && codec !== CODEC_7) {
    decoded.faults.push(fault('decode_unsupported', from, `codec 0x${codec.toString(16).padStart(2, '0')}`));
    return null;
  }
  const count = bytes[from + 1] as number;
  const last = end - 1;
  if (bytes[last] !== count) {
    decoded.faults.push(fault('decode_range', last, `the counts differ: ${count} before the records, ${bytes[last]} after`));
  }
  const records = from + 2;
  const at =
    named === null
      ? decodeGh3000(bytes, records, last, count, decoded, trace)
      : decodeRecords(
          bytes,
          records,
          last,
          count,
          fittingShape(bytes, records, last, count, named),
          familyOf(dialect, codec),
          decoded,
          trace,
        );
  if (at >= 0 && at < last) decoded.faults.push(fault('wire_trailing', at, `${last - at} bytes after the last record`));
  return count;
}

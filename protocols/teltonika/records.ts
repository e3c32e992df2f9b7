/**
 * The AVL records inside a data frame: their shape on the wire, and the walk that finds where each ends.
 *
 * Source: Teltonika, "Codec" (wiki.teltonika-gps.com/view/Codec), sections Codec 8, Codec 8 Extended, Codec 16. Big-endian
 * throughout. A record carries no length of its own: only the counts of its element groups say where it ends, so nothing
 * after a wrong count can be read.
 */

/** How a codec writes what goes with the fix. */
export interface RecordShape {
  /** The codec id byte. */
  readonly codec: number;
  /** Bytes of an element id, of the event id too. */
  readonly idBytes: 1 | 2;
  /** Bytes of the total and of each group's count. */
  readonly countBytes: 1 | 2;
  /** Whether a generation type byte follows the event id (Codec 16). */
  readonly hasGeneration: boolean;
  /** Whether a group of sixteen-byte elements follows that of eight. */
  readonly hasSixteen: boolean;
  /** Whether a last group of elements with a length each follows (Codec 8 Extended). */
  readonly hasVariable: boolean;
  /** Bytes of a record without any element. */
  readonly minBytes: number;
}

/** Time, priority, longitude, latitude, altitude, angle, satellites, speed: the same in all three. */
export const HEAD_BYTES = 24;

function makeShape(shape: Omit<RecordShape, 'minBytes'>): RecordShape {
  const groups = 4 + (shape.hasSixteen ? 1 : 0) + (shape.hasVariable ? 1 : 0);
  return { ...shape, minBytes: HEAD_BYTES + shape.idBytes + (shape.hasGeneration ? 1 : 0) + shape.countBytes * (1 + groups) };
}

const PLAIN = { hasGeneration: false, hasSixteen: false, hasVariable: false };

export const CODEC_8: RecordShape = makeShape({ ...PLAIN, codec: 0x08, idBytes: 1, countBytes: 1 });
export const CODEC_8E: RecordShape = makeShape({ ...PLAIN, codec: 0x8e, idBytes: 2, countBytes: 2, hasVariable: true });
export const CODEC_16: RecordShape = makeShape({ ...PLAIN, codec: 0x10, idBytes: 2, countBytes: 1, hasGeneration: true });
/**
 * Codec 8 with a group of sixteen-byte elements, which no document of the vendor has and some devices send. Nothing in the
 * frame announces it: it is taken where the plain shape does not end at the frame's end and this one does.
 */
export const CODEC_8_WIDE: RecordShape = makeShape({ ...PLAIN, codec: 0x08, idBytes: 1, countBytes: 1, hasSixteen: true });

/** The shape of a codec id's records, or `null` where the codec carries none of this kind. */
export function shapeOf(codec: number): RecordShape | null {
  switch (codec) {
    case 0x08:
      return CODEC_8;
    case 0x8e:
      return CODEC_8E;
    case 0x10:
      return CODEC_16;
    default:
      return null;
  }
}

function readCount(bytes: Uint8Array, at: number, width: 1 | 2): number {
  return width === 1 ? (bytes[at] as number) : ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Gives the offset after the record at `at`, or -1 where it does not end by `end`. */
function walkRecord(bytes: Uint8Array, from: number, end: number, shape: RecordShape): number {
  const { idBytes, countBytes } = shape;
  let at = from + HEAD_BYTES + idBytes + (shape.hasGeneration ? 1 : 0) + countBytes;
  const widest = shape.hasSixteen ? 16 : 8;
  for (let width = 1; width <= widest; width *= 2) {
    if (at + countBytes > end) return -1;
    at += countBytes + readCount(bytes, at, countBytes) * (idBytes + width);
  }
  if (!shape.hasVariable) return at <= end ? at : -1;
  if (at + 2 > end) return -1;
  const count = readCount(bytes, at, 2);
  at += 2;
  for (let i = 0; i < count; i++) {
    if (at + 4 > end) return -1;
    at += 4 + readCount(bytes, at + 2, 2);
  }
  return at <= end ? at : -1;
}

/** Gives the offset after `count` records from `from`, or -1 where they do not end by `end`. */
export function walkRecords(bytes: Uint8Array, from: number, end: number, shape: RecordShape, count: number): number {
  let at = from;
  for (let i = 0; i < count && at >= 0; i++) at = walkRecord(bytes, at, end, shape);
  return at;
}

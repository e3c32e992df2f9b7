/** Frames as a Teltonika FMB sends them by Codec 8 Extended: 15 io elements a record, a place that moves, values that change. */
import { encodeFrame, type EncodedRecord } from '../../protocols/teltonika/encode.ts';

function record(index: number): EncodedRecord {
  const [lat, lon] = [41.3850639 + index * 0.000_41, 2.1734035 + index * 0.000_27];
  return {
    deviceTime: 1_760_000_000_000 + index * 5_000,
    fix: { lat, lon, valid: true, altitudeM: 24, speedKmh: 47 + (index % 9), courseDeg: 119 + index, satellites: 9 },
    io: [
      [239, 1, 1],
      [240, 1, 1],
      [21, 1, 4],
      [200, 1, 0],
      [69, 1, 1],
      [81, 1, 83],
      [82, 1, 31],
      [181, 2, 11],
      [182, 2, 6],
      [66, 2, 14_548 + index],
      [67, 2, 4023],
      [85, 2, 2150 + index * 3],
      [84, 2, 412],
      [16, 4, 2_656_224 + index * 65],
      [87, 4, 85_493_400 + index * 65],
    ],
  };
}

/** A frame of so many records, checksum and all: 110 bytes with one. */
export function teltonikaFrame(records: number): Uint8Array {
  return encodeFrame({ codec: '8e', records: Array.from({ length: records }, (_, index) => record(index)) });
}

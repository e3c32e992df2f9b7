/**
 * Teltonika frames of one device, built once: the next one is the same bytes with other times, places and odometers, and a checksum that
 * fits. About 110 bytes for a frame of one record.
 */
import { crc16Arc } from '#wire/crc';
import { encodeFrame, type EncodedRecord } from '../../protocols/teltonika/encode.ts';
import { identOf, latitudeOf, longitudeE7, odometerM, RECORD_EVERY_MS, SPEED_KMH } from './vehicle-track.ts';

// 00000000 · length u32 · codec u8 · count u8 · record… · count u8 · crc u32, and of a record: time u64 · priority u8 · longitude i32
const PAYLOAD_AT = 8;
const RECORDS_AT = 10;
const LONGITUDE_AT = 9;
const TAIL_BYTES = 5;
const U32 = 0x1_0000_0000;
const ODOMETER = 87;

export interface FrameOptions {
  device: number;
  recordsPerFrame: number;
  startsAt: number;
  /** How many frames may be on their way at a time. */
  window: number;
}

export class TeltonikaFrames {
  readonly ident: string;
  /** Length of a frame, with its envelope. */
  readonly bytes: number;
  readonly #frames: Buffer[];
  readonly #records: number;
  readonly #recordBytes: number;
  readonly #odometerAt: number;
  readonly #startsAt: number;
  #next = 0;

  constructor({ device, recordsPerFrame, startsAt, window }: FrameOptions) {
    this.ident = identOf(device);
    this.#records = recordsPerFrame;
    this.#startsAt = startsAt;
    const frame = frameOf(device, recordsPerFrame);
    this.bytes = frame.length;
    this.#recordBytes = (frame.length - RECORDS_AT - TAIL_BYTES) / recordsPerFrame;
    this.#odometerAt = odometerPlace(device);
    this.#frames = Array.from({ length: window }, () => Buffer.from(frame));
  }

  /** The next frame, with its envelope. */
  next(): Buffer {
    const number = this.#next++;
    const frame = this.#frames[number % this.#frames.length] as Buffer;
    let at = RECORDS_AT;
    for (let i = 0; i < this.#records; i++) {
      const n = number * this.#records + i;
      const time = this.#startsAt + n * RECORD_EVERY_MS;
      frame.writeUInt32BE(Math.floor(time / U32), at);
      frame.writeUInt32BE(time % U32, at + 4);
      frame.writeInt32BE(longitudeE7(n), at + LONGITUDE_AT);
      frame.writeUInt32BE(odometerM(n), at + this.#odometerAt);
      at += this.#recordBytes;
    }
    frame.writeUInt32BE(crc16Arc(frame, PAYLOAD_AT, frame.length - 4), frame.length - 4);
    return frame;
  }
}

function frameOf(device: number, records: number, odometer = odometerM(0)): Buffer {
  return Buffer.from(encodeFrame({ codec: '8e', records: Array.from({ length: records }, () => recordOf(device, odometer)) }));
}

function recordOf(device: number, odometer: number): EncodedRecord {
  const fix = {
    lat: latitudeOf(device),
    lon: 0,
    valid: true,
    altitudeM: 650,
    speedKmh: SPEED_KMH,
    courseDeg: 90,
    satellites: 11,
  };
  return {
    deviceTime: 0,
    fix,
    io: [
      [239, 1, 1],
      [240, 1, 1],
      [21, 1, 4],
      [69, 1, 1],
      [89, 1, 40 + (device % 50)],
      [81, 1, SPEED_KMH],
      [181, 2, 12],
      [182, 2, 8],
      [66, 2, 13_600 + (device % 400)],
      [67, 2, 4_050],
      [85, 2, 2_300],
      [115, 2, 880],
      [16, 4, 120_000],
      [ODOMETER, 4, odometer],
    ],
  };
}

/** Where the odometer stands in a record: where two records that differ in it alone differ. */
function odometerPlace(device: number): number {
  const [one, other] = [frameOf(device, 1, 0), frameOf(device, 1, U32 - 1)];
  return one.findIndex((byte, at) => byte !== other[at]) - RECORDS_AT;
}

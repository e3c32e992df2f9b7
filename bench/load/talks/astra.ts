/**
 * Astra Telematics X over TCP: the login line, then frames of an OBD dongle, each acknowledged by one byte. Built once; the next is the
 * same bytes with other times and places, and a checksum that fits.
 */
import { crc16Modbus } from '#wire/crc';
import { encodeLogin, encodeX, type EncodedReport } from '../../../protocols/astra-telematics/encode.ts';
import { toDeviceSeconds } from '../../../protocols/astra-telematics/time.ts';
import type { Talk } from '../talk.ts';
import type { FrameOptions } from '../teltonika-frames.ts';
import { identOf, latitudeOf, longitudeE7, RECORD_EVERY_MS, SPEED_KMH } from '../vehicle-track.ts';

const ACK = 0x06;
const REPORTS_AT = 4;
const CRC_BYTES = 2;
/** The wire has millionths of a degree. */
const E7_A_STEP = 10;

export function astraTalk({ device, recordsPerFrame, startsAt, window }: FrameOptions): Talk {
  const imei = identOf(device);
  const template = frameOf(device, 0, recordsPerFrame);
  const frames = Array.from({ length: window }, () => Buffer.from(template));
  const reportBytes = (template.length - REPORTS_AT - CRC_BYTES) / recordsPerFrame;
  const { timeAt, fixTimeAt, longitudeAt } = places(device);
  let next = 0;
  return {
    hello: Buffer.from(encodeLogin({ imei, model: 'AT201', firmware: '7.0.3.0' })),
    welcome: { begins: Uint8Array.of(ACK), bytes: 1 },
    next() {
      const number = next++;
      const frame = frames[number % window] as Buffer;
      let at = REPORTS_AT;
      for (let i = 0; i < recordsPerFrame; i++) {
        const n = number * recordsPerFrame + i;
        const seconds = toDeviceSeconds(startsAt + n * RECORD_EVERY_MS);
        frame[at] = n & 0xff;
        frame.writeUInt32BE(seconds, at + timeAt);
        frame.writeUInt32BE(seconds, at + fixTimeAt);
        frame.writeInt32BE(longitudeE7(n) / E7_A_STEP, at + longitudeAt);
        at += reportBytes;
      }
      frame.writeUInt16BE(crc16Modbus(frame, 0, frame.length - CRC_BYTES), frame.length - CRC_BYTES);
      return frame;
    },
    ack(bytes, from) {
      if (bytes[from] !== ACK) throw new Error(`${bytes[from]} is no ack`);
      return 1;
    },
  };
}

function frameOf(
  device: number,
  time: number,
  reports: number,
  changes: Partial<{ fixTime: number; lon: number }> = {},
): Buffer {
  const { fixTime = 0, lon = 0 } = changes;
  const report: EncodedReport = {
    sequence: 0,
    deviceTime: FIRST + time,
    status: { ignition: true },
    modules: {
      power: { supplyV: 13.6, batteryPercent: 100 },
      gnss: {
        fixTime: FIRST + fixTime,
        lat: latitudeOf(device),
        lon,
        speedKmh: SPEED_KMH,
        maxSpeedKmh: SPEED_KMH,
        courseDeg: 90,
        altitudeM: 640,
        journeyKm: 12,
      },
      signal: { satellites: 11, rssiDbm: -71 },
      obdJourney: {
        maxSpeedKmh: SPEED_KMH,
        averageSpeedKmh: SPEED_KMH,
        maxRpm: 2_300,
        averageRpm: 2_300,
        maxPedalPercent: 40,
        averagePedalPercent: 18,
        maxLoadPercent: 60,
        averageLoadPercent: 30,
        journeyKm: 12,
        coolantC: 88,
        fuelRaw: 40 + (device % 50),
        journeyFuelL: 1,
      },
    },
  };
  return Buffer.from(encodeX({ imei: null, reports: Array.from({ length: reports }, () => report) }));
}

/** A time and another whose four bytes all differ from it. */
const FIRST = Date.UTC(2020, 0, 1);
const OTHER_MS = 0x0101_0101 * 1_000;

/** Where a report has what changes: where two differ of which one has something else there. */
function places(device: number): { timeAt: number; fixTimeAt: number; longitudeAt: number } {
  const one = frameOf(device, 0, 1);
  const differs = (other: Buffer): number => one.findIndex((byte, at) => byte !== other[at]) - REPORTS_AT;
  return {
    timeAt: differs(frameOf(device, OTHER_MS, 1)),
    fixTimeAt: differs(frameOf(device, 0, 1, { fixTime: OTHER_MS })),
    longitudeAt: differs(frameOf(device, 0, 1, { lon: -1e-6 })),
  };
}

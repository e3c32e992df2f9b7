/** A frame of one record and one of ten for each codec with frames of several. */
import { crc16Kermit } from '#wire/crc';
import { encodeFrame as encodeCanFrame } from '../../protocols/can-frames/encode.ts';
import { encodeX } from '../../protocols/astra-telematics/encode.ts';
import { goldenOf } from './goldens.ts';

const START_AT = Date.UTC(2026, 5, 1);

/** Protocol X as an OBD dongle sends it, in mode 4: supply, GNSS, mobile signal and the OBD journey. */
export function astraFrame(records: number): Uint8Array {
  const reports = Array.from({ length: records }, (_, i) => {
    const at = START_AT + i * 5_000;
    const [speedKmh, journeyKm] = [40 + (i % 30), 12 + i / 20];
    return {
      sequence: i & 0xff,
      deviceTime: at,
      status: { ignition: true },
      modules: {
        power: { supplyV: 14.2, batteryPercent: 100 },
        gnss: {
          fixTime: at,
          lat: 40.4 + i / 1e4,
          lon: -3.7,
          speedKmh,
          maxSpeedKmh: 60,
          courseDeg: 90,
          altitudeM: 640,
          journeyKm,
        },
        signal: { satellites: 9, rssiDbm: -71 },
        obdJourney: {
          maxSpeedKmh: 60,
          averageSpeedKmh: 35,
          maxRpm: 3_000,
          averageRpm: 1_700,
          maxPedalPercent: 40,
          averagePedalPercent: 18,
          maxLoadPercent: 60,
          averageLoadPercent: 30,
          journeyKm,
          coolantC: 88,
          fuelRaw: 60,
          journeyFuelL: journeyKm * 0.06,
        },
      },
    };
  });
  return encodeX({ imei: '356307042441013', reports });
}

const RUPTELA_HEAD_BYTES = 13;
const CRC_BYTES = 2;

/** The records of a golden, many times over: length, count and checksum made anew. */
export function ruptelaFrame(records: number): Uint8Array {
  const { bytes } = goldenOf('ruptela', 'extended-obd');
  const record = bytes.subarray(RUPTELA_HEAD_BYTES, bytes.length - CRC_BYTES);
  const frame = new Uint8Array(RUPTELA_HEAD_BYTES + record.length * records + CRC_BYTES);
  frame.set(bytes.subarray(0, RUPTELA_HEAD_BYTES));
  for (let i = 0; i < records; i++) frame.set(record, RUPTELA_HEAD_BYTES + i * record.length);
  const view = new DataView(frame.buffer);
  const end = frame.length - CRC_BYTES;
  view.setUint16(0, end - 2);
  view.setUint8(RUPTELA_HEAD_BYTES - 1, records);
  view.setUint16(end, crc16Kermit(frame, 2, end));
  return frame;
}

/** J1939 frames of engine, speed, fuel and temperatures, with a fix: what a box on a truck's bus sends each second. */
export function canFrame(records: number): Uint8Array {
  const data = Uint8Array.of(0x10, 0x7d, 0x82, 0x20, 0x1c, 0x03, 0xff, 0x7d);
  const ids = [0x0cf0_0400, 0x18fe_f100, 0x18fe_ee00, 0x18fe_fc00, 0x18fe_e900];
  const all = Array.from({ length: records }, (_, i) => ({
    timeMs: START_AT + i * 1_000,
    fix: {
      latE7: 404_000_000 + i * 400,
      lonE7: -37_000_000,
      altitudeCm: 64_000,
      speedCentiKmh: 5_000,
      courseCentiDeg: 9_000,
      satellites: 9,
      hdopCenti: 80,
      noLock: false,
      fixTimeMs: START_AT + i * 1_000,
    },
    frames: ids.map((id) => ({ id: (id | 0x8000_0000) >>> 0, data, bus: 0, offsetMs: 0 })),
  }));
  return encodeCanFrame(7, { ident: '356307042441013', profile: 'j1939', records: all });
}

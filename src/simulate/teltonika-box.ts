import { encodeFrame, encodeLogin, type EncodedIo, type EncodedRecord } from '../../protocols/teltonika/encode.ts';
import type { Language } from './device.ts';
import type { VehicleState } from './vehicle.ts';

/** A CAN-bus box: Teltonika Codec 8 Extended with core elements and those of a CAN adapter. */
export function teltonikaBox(imei: string): Language {
  return {
    protocol: 'teltonika',
    login: () => encodeLogin(imei),
    loginReply: Uint8Array.of(1),
    frame: (states) => encodeFrame({ codec: '8e', records: states.map(recordOf) }),
    ack: (records) => Uint8Array.of(0, 0, 0, records),
  };
}

function recordOf(state: VehicleState): EncodedRecord {
  const { at, lat, lon, speedKmh, courseDeg, satellites } = state;
  const io: EncodedIo[] = [
    [239, 1, state.ignition ? 1 : 0],
    [240, 1, speedKmh > 0 ? 1 : 0],
    [21, 1, 4],
    [69, 1, 1],
    [89, 1, state.fuelPercent],
    [81, 1, speedKmh],
    [181, 2, Math.round(state.hdop * 15)],
    [182, 2, Math.round(state.hdop * 10)],
    [66, 2, Math.round(state.supplyV * 1_000)],
    [67, 2, 4_050],
    [85, 2, state.rpm],
    [115, 2, Math.round(state.coolantC * 10)],
    [16, 4, state.tripM],
    [87, 4, state.odometerM],
  ];
  return {
    deviceTime: at,
    fix: { lat, lon, valid: true, altitudeM: 650, speedKmh, courseDeg, satellites },
    io,
  };
}

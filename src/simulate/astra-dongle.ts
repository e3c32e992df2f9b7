import { encodeX, type EncodedReport } from '../../protocols/astra-telematics/encode.ts';
import type { Language } from './device.ts';
import type { VehicleState } from './vehicle.ts';

/** Stands in for an Astrata OBD dongle: Astra Telematics protocol X in mode 4, with OBD modules. Its clock knows whole seconds. */
export function astraDongle(imei: string): Language {
  return {
    protocol: 'astra-telematics',
    login: () => null,
    loginReply: new Uint8Array(0),
    frame: (states) => encodeX({ imei, reports: states.map(reportOf) }),
    ack: () => Uint8Array.of(0x06),
  };
}

function reportOf(state: VehicleState): EncodedReport {
  const { at, lat, lon, speedKmh, courseDeg, satellites, rpm, coolantC, fuelPercent, tripM, supplyV, ignition } = state;
  const journeyKm = tripM / 1_000;
  return {
    // The device's own counter; a resend repeats it.
    sequence: Math.floor(at / 1_000) & 0xff,
    deviceTime: at,
    status: { ignition },
    modules: {
      power: { supplyV, batteryPercent: 100 },
      gnss: { fixTime: at, lat, lon, speedKmh, maxSpeedKmh: speedKmh, courseDeg, altitudeM: 20, journeyKm },
      signal: { satellites, rssiDbm: -71 },
      obdJourney: {
        maxSpeedKmh: speedKmh,
        averageSpeedKmh: speedKmh,
        maxRpm: rpm,
        averageRpm: rpm,
        maxPedalPercent: 40,
        averagePedalPercent: 18,
        maxLoadPercent: 60,
        averageLoadPercent: 30,
        journeyKm,
        coolantC,
        fuelRaw: fuelPercent,
        journeyFuelL: journeyKm * 0.06,
      },
    },
  };
}

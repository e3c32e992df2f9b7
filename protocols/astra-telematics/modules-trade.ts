/**
 * Modules of special equipment: refrigeration, probes, spreaders, weighing, boats. Bits 17 to 19, 21 to 23 and 25 of protocol
 * X 3.0, named and scaled as the maker's reader has them. What the catalogue has no place for keeps a key of its own.
 */
import { bus, hex, num, reserved, type Field } from './fields.ts';
import { plain, type Module } from './module.ts';

/** The maker's reader divides air by ten and set points by two, unsigned, so that nothing could be below zero: they are kept raw. */
const REFRIGERATION: readonly Field[] = [
  ...[1, 2, 3, 4, 5, 6].map((n) => num('u16', `astra-telematics.carrier.return${n}_raw`)),
  ...[1, 2, 3].map((n) => num('u8', `astra-telematics.carrier.setpoint${n}_raw`)),
  num('u8', 'astra-telematics.carrier.fuel_raw'),
  num('u16', 'astra-telematics.carrier.engine_hours', { multiply: 2 }),
  num('u16', 'astra-telematics.carrier.standby_hours', { multiply: 2 }),
  num('u16', 'astra-telematics.carrier.status'),
  num('u24', 'astra-telematics.carrier.alarms'),
];

/** The maker's reader computes `v / 10 - 550`, which no probe can measure; `(v - 550) / 10`, as Traccar has it, begins at -55 °C. */
const PROBE = { add: -550, divide: 10 };

/** NMEA 2000, scaled as the maker's reader has it; it names the raw units Pa, K, mV and m³/h. */
const MARINE: readonly Field[] = [
  num('i16', 'astra-telematics.marine.fuel_percent', { divide: 250 }),
  num('i16', 'astra-telematics.marine.oil_percent', { divide: 250 }),
  num('u8', 'astra-telematics.marine.charge_percent'),
  num('u8', 'astra-telematics.marine.health_percent'),
  num('u16', 'astra-telematics.marine.battery_capacity'),
  num('u8', 'astra-telematics.marine.charger'),
  num('u32', 'astra-telematics.marine.time_to_empty'),
  num('u32', 'astra-telematics.marine.distance_to_empty'),
  num('u32', 'astra-telematics.marine.trip_time'),
  num('u16', 'astra-telematics.marine.trip_fuel'),
  num('u16', 'astra-telematics.marine.oil_pressure'),
  num('u16', 'astra-telematics.marine.oil_kelvin'),
  num('u16', 'astra-telematics.marine.engine_kelvin'),
  num('u16', 'astra-telematics.marine.alternator_mv', { multiply: 10 }),
  num('u16', 'astra-telematics.marine.fuel_rate'),
  num('u32', 'astra-telematics.marine.engine_hours'),
  num('u16', 'astra-telematics.marine.coolant_pressure'),
  num('u16', 'astra-telematics.marine.fuel_pressure'),
  num('u16', 'astra-telematics.marine.status1'),
  num('u16', 'astra-telematics.marine.status2'),
  num('u8', 'astra-telematics.marine.load_percent'),
  num('u8', 'astra-telematics.marine.torque_percent'),
  num('u32', 'astra-telematics.marine.depth_m', { divide: 100 }),
  num('u16', 'astra-telematics.marine.depth_offset_m', { divide: 1000 }),
  num('u16', 'astra-telematics.marine.wind_mps', { divide: 100 }),
  num('u16', 'astra-telematics.marine.air_kelvin', { divide: 100 }),
  reserved(16),
];

export const TRADE_MODULES: readonly Module[] = [
  plain(17, 'carrier', REFRIGERATION),
  plain(18, 'probes', [
    bus('u16', 'device.sensor1.temperature', PROBE),
    bus('u16', 'device.sensor2.temperature', PROBE),
    bus('u16', 'device.sensor3.temperature', PROBE),
    bus('u16', 'device.sensor4.temperature', PROBE),
  ]),
  plain(19, 'carrier-alarms', [
    num('u8', 'astra-telematics.carrier.alarm_count'),
    hex(16, 'astra-telematics.carrier.alarm_queue'),
  ]),
  plain(21, 'econ', [num('u24', 'astra-telematics.econ.value')]),
  plain(22, 'gritter', [
    num('u8', 'astra-telematics.gritter.plough_mode'),
    num('u8', 'astra-telematics.gritter.spreader_mode'),
    num('u8', 'astra-telematics.gritter.width_m', { divide: 10 }),
    num('u8', 'astra-telematics.gritter.rate_gm2'),
  ]),
  plain(23, 'weight', [
    num('u8', 'astra-telematics.weight.front'),
    num('u8', 'astra-telematics.weight.rear'),
    num('u8', 'astra-telematics.weight.gross'),
    num('u8', 'astra-telematics.weight.status'),
    num('u8', 'astra-telematics.weight.fault1'),
    num('u8', 'astra-telematics.weight.fault2'),
  ]),
  plain(25, 'marine', MARINE),
];

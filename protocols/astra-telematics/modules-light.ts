/**
 * Modules of light electric vehicles: bicycles, scooters, small cars. Bits 20, 31, 33 to 37, 39 to 42 and 46 of protocol X
 * 3.0, named and scaled as the maker's reader has them. Charge, voltage, range and speed go to the catalogue where the
 * vehicle has one of each; what a second battery or a make's own status says keeps a key of its own.
 */
import { hex, num, reserved, text, type Field, type Key } from './fields.ts';
import { plain, type Module } from './module.ts';
import { EPOCH_S } from './time.ts';

/** When the bus spoke last, Unix seconds. */
function busTime(key: Key): Field {
  return num('u32', key, { add: EPOCH_S });
}

const MILLI = { divide: 1000 };

const RAYVOLT: readonly Field[] = [
  num('u32', 'astra-telematics.rayvolt.controller'),
  num('u16', 'astra-telematics.rayvolt.firmware'),
  num('u16', 'astra-telematics.rayvolt.boot'),
  num('u16', 'astra-telematics.rayvolt.errors'),
  num('u8', 'charging.battery.level'),
  num('u8', 'charging.battery.voltage', { divide: 4 }),
  num('i8', 'astra-telematics.rayvolt.controller_celsius'),
  num('u8', 'wheels.speed.value', { divide: 2 }),
  num('u16', 'astra-telematics.rayvolt.status'),
  reserved(2),
];

const SEGWAY: readonly Field[] = [
  num('u8', 'wheels.speed.value', { divide: 10 }),
  num('u8', 'astra-telematics.segway.internal_v'),
  num('u8', 'astra-telematics.segway.external_v'),
  num('u8', 'astra-telematics.segway.dry_v'),
  num('u8', 'astra-telematics.segway.internal_percent'),
  num('u8', 'astra-telematics.segway.external_percent'),
  num('u8', 'charging.battery.level'),
  num('u8', 'astra-telematics.segway.internal_celsius1'),
  num('u8', 'astra-telematics.segway.internal_celsius2'),
  num('u8', 'astra-telematics.segway.external_celsius1'),
  num('u8', 'astra-telematics.segway.external_celsius2'),
  num('u8', 'astra-telematics.segway.status'),
];

const ECOOTER: readonly Field[] = [
  num('u8', 'charging.battery.level'),
  num('u8', 'astra-telematics.ecooter.battery2_percent'),
  num('i8', 'charging.battery.temperature'),
  num('i8', 'astra-telematics.ecooter.battery2_celsius'),
  num('i16', 'charging.battery.current', { divide: 100 }),
  num('u8', 'astra-telematics.ecooter.status'),
  reserved(2),
];

/** The maker's reader scales the pairs of capacities unevenly, so that these stay raw. */
const TORROT: readonly Field[] = [
  num('u8', 'charging.battery.level'),
  num('u8', 'astra-telematics.torrot.battery2_percent'),
  num('i16', 'astra-telematics.torrot.current1_raw'),
  num('i16', 'astra-telematics.torrot.current2_raw'),
  num('i16', 'astra-telematics.torrot.voltage1_raw'),
  num('i16', 'astra-telematics.torrot.voltage2_raw'),
  num('u16', 'astra-telematics.torrot.capacity1_raw'),
  num('u16', 'astra-telematics.torrot.capacity2_raw'),
  num('u16', 'astra-telematics.torrot.rated1_raw'),
  num('u16', 'astra-telematics.torrot.rated2_raw'),
  num('u16', 'astra-telematics.torrot.remaining1_raw'),
  num('u8', 'astra-telematics.torrot.remaining2_raw'),
  num('u8', 'astra-telematics.torrot.alarm1'),
  num('u8', 'astra-telematics.torrot.alarm2'),
  num('u16', 'astra-telematics.torrot.battery_status'),
  num('u32', 'engine.motor.speed'),
  num('u8', 'astra-telematics.torrot.heartbeat'),
  num('u8', 'astra-telematics.torrot.controller_raw'),
  num('u8', 'astra-telematics.torrot.motor_raw'),
  num('u8', 'astra-telematics.torrot.throttle_raw'),
  num('i8', 'astra-telematics.torrot.speed_raw'),
  num('i32', 'odometer.total.value', { divide: 10 }),
  num('u8', 'astra-telematics.torrot.status'),
  num('u8', 'astra-telematics.torrot.range_eco_km'),
  num('u8', 'charging.battery.range'),
  num('u8', 'astra-telematics.torrot.mode'),
  reserved(2),
];

const ASKOLL: readonly Field[] = [
  busTime('astra-telematics.askoll.bus_time'),
  num('u8', 'charging.battery.level'),
  num('u8', 'astra-telematics.askoll.battery2_percent'),
  num('u32', 'astra-telematics.askoll.battery1_serial'),
  num('u32', 'astra-telematics.askoll.battery2_serial'),
  num('i8', 'charging.battery.temperature'),
  num('u16', 'charging.battery.voltage', { divide: 10 }),
  num('u8', 'charging.battery.current', { divide: 10 }),
  num('u8', 'astra-telematics.askoll.heartbeats'),
  num('u8', 'wheels.speed.value'),
  num('u32', 'odometer.total.value', { divide: 10 }),
  num('u16', 'odometer.trip.bus', { divide: 10 }),
  num('u16', 'charging.battery.range'),
  num('u8', 'astra-telematics.askoll.status2020'),
  num('u8', 'astra-telematics.askoll.status2021'),
  num('u8', 'astra-telematics.askoll.profile'),
  num('u16', 'astra-telematics.askoll.remaining_mah', { multiply: 10 }),
  num('u16', 'astra-telematics.askoll.errors'),
  num('u8', 'astra-telematics.askoll.hdop', { divide: 10 }),
  num('u8', 'position.gnss.error'),
  reserved(2),
];

const MOTOR: readonly Field[] = [
  num('i16', 'engine.motor.speed'),
  num('i16', 'astra-telematics.motor.right_rpm'),
  num('i16', 'engine.motor.temperature'),
  num('i16', 'astra-telematics.motor.right_celsius'),
  num('i16', 'astra-telematics.motor.left_controller_celsius'),
  num('i16', 'astra-telematics.motor.right_controller_celsius'),
  num('i16', 'charging.battery.voltage', { divide: 100 }),
  num('u8', 'charging.battery.level'),
  num('i16', 'astra-telematics.motor.left_v', { divide: 100 }),
  num('i16', 'astra-telematics.motor.right_v', { divide: 100 }),
  num('i16', 'astra-telematics.motor.left_a'),
  num('i16', 'astra-telematics.motor.right_a'),
  num('u8', 'wheels.speed.value'),
  num('u16', 'astra-telematics.motor.odometer_raw'),
  num('u16', 'astra-telematics.motor.status'),
  num('u16', 'astra-telematics.motor.error0'),
  num('u16', 'astra-telematics.motor.error1'),
  num('u16', 'astra-telematics.motor.error2'),
  busTime('astra-telematics.motor.bus_time'),
  reserved(4),
];

/** Seconds the device spent in each state, and two counts, since when is not said. */
const USAGE: readonly Field[] = (
  [
    'gnss_acquiring_s',
    'gnss_fixing_s',
    'modem_on_s',
    'circuit_registered_s',
    'packet_registered_s',
    'context_active_s',
    'socket_open_s',
    'awake_s',
    'asleep_s',
    'supply_on_s',
    'bluetooth_on_s',
    'wakes',
    'reports',
  ] as const
).map((name) => num('u24', `astra-telematics.usage.${name}`));

export const LIGHT_MODULES: readonly Module[] = [
  plain(20, 'rayvolt', RAYVOLT),
  plain(31, 'segway', SEGWAY),
  plain(33, 'core-bike', [num('u16', 'charging.battery.voltage', { multiply: 15, divide: 10_000 })]),
  plain(34, 'ecooter', ECOOTER),
  plain(35, 'torrot', TORROT),
  plain(36, 'ecooter-serials', [text(16, 'astra-telematics.ecooter.serial1'), text(16, 'astra-telematics.ecooter.serial2')]),
  plain(37, 'askoll', ASKOLL),
  plain(39, 'torrot-batteries', [
    text(13, 'astra-telematics.torrot.battery1_serial'),
    text(13, 'astra-telematics.torrot.battery2_serial'),
    num('u16', 'astra-telematics.torrot.battery1_cycles'),
    num('u16', 'astra-telematics.torrot.battery2_cycles'),
    num('u24', 'astra-telematics.torrot.battery1_km', { divide: 10 }),
    num('u24', 'astra-telematics.torrot.battery2_km', { divide: 10 }),
    num('u8', 'astra-telematics.torrot.batteries_status'),
    reserved(2),
  ]),
  plain(40, 'usage', USAGE),
  plain(41, 'motor', MOTOR),
  plain(42, 'car2', [
    num('u16', 'astra-telematics.car2.charge_raw'),
    num('u8', 'astra-telematics.car2.charging_mode'),
    num('u8', 'astra-telematics.car2.seatbelts'),
    num('u16', 'astra-telematics.car2.brake_raw'),
    num('u16', 'astra-telematics.car2.status'),
    num('u16', 'astra-telematics.car2.faults'),
    busTime('astra-telematics.car2.bus_time'),
    reserved(8),
  ]),
  plain(46, 'heinzmann', [
    num('u8', 'charging.battery.level'),
    num('u16', 'charging.battery.voltage', MILLI),
    num('u32', 'odometer.total.value', MILLI),
    num('u32', 'astra-telematics.heinzmann.bus_s'),
    hex(2, 'astra-telematics.heinzmann.reserved'),
  ]),
];

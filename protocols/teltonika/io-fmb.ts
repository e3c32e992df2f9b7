/**
 * Io elements of the FMB, FMC, FMM and FMU trackers, the default family.
 *
 * Source: Teltonika, "FMB120 Teltonika Data Sending Parameters ID" and its FMB001/FMC003 and FMB150 sisters
 * (wiki.teltonika-gps.com): number, width, sign, multiplier and unit. Where the vendor's unit column contradicts its
 * multiplier ("0.001" with "mV"), the multiplier is right: 14548 is 14.548 V in a car.
 */
import type { GeofenceRow, IoRow } from './io-table.ts';

/** 1 g is 9.80665 m/s2; the device counts thousandths. */
const MILLI_G = [980_665, 100_000_000] as const;

/** What the tracker itself measures. */
const CORE: readonly IoRow[] = [
  [1, 1, 'u', 'device.input1.state', 1, 1, 0, 1],
  [2, 1, 'u', 'device.input2.state', 1, 1, 0, 1],
  [3, 1, 'u', 'device.input3.state', 1, 1, 0, 1],
  [6, 2, 'u', 'device.analog2.voltage', 1, 1000],
  [8, 8, 'hex', 'behaviour.driver1.authorised'],
  [9, 2, 'u', 'device.analog1.voltage', 1, 1000],
  [15, 2, 'u', 'behaviour.driving.score', 1, 100],
  [16, 4, 'u', 'odometer.device.value', 1, 1000],
  [17, 2, 'i', 'behaviour.acceleration.x', ...MILLI_G],
  [18, 2, 'i', 'behaviour.acceleration.y', ...MILLI_G],
  [19, 2, 'i', 'behaviour.acceleration.z', ...MILLI_G],
  // Bars of signal, 0 to 5.
  [21, 1, 'u', 'device.gsm.signal', 20, 1, 0, 5],
  [66, 2, 'u', 'device.supply.voltage', 1, 1000],
  [67, 2, 'u', 'device.battery.voltage', 1, 1000],
  [68, 2, 'u', 'device.battery.current', 1, 1000],
  [69, 1, 'u', 'position.gnss.state'],
  // Above 850 (in tenths) the vendor lists codes of the sensor: not ready, read error, not connected, wrong id.
  [72, 4, 'i', 'device.sensor1.temperature', 1, 10, -550, 849],
  [73, 4, 'i', 'device.sensor2.temperature', 1, 10, -550, 849],
  [74, 4, 'i', 'device.sensor3.temperature', 1, 10, -550, 849],
  [75, 4, 'i', 'device.sensor4.temperature', 1, 10, -550, 849],
  [78, 8, 'hex', 'behaviour.driver1.id'],
  [113, 1, 'u', 'device.battery.level', 1, 1, 0, 100],
  [179, 1, 'u', 'device.output1.state', 1, 1, 0, 1],
  [180, 1, 'u', 'device.output2.state', 1, 1, 0, 1],
  [181, 2, 'u', 'position.gnss.pdop', 1, 10],
  [182, 2, 'hdop'],
  [199, 4, 'u', 'odometer.trip.value', 1, 1000],
  [200, 1, 'u', 'device.power.mode'],
  [202, 1, 'i', 'consumption.fuel.temperature'],
  [205, 6, 'u', 'device.gsm.cell'],
  [206, 2, 'u', 'device.gsm.area'],
  [207, 8, 'hex', 'behaviour.driver1.rfid'],
  [237, 1, 'u', 'device.gsm.technology'],
  [239, 1, 'u', 'ignition.state.on', 1, 1, 0, 1],
  [240, 1, 'u', 'position.motion.moving', 1, 1, 0, 1],
  [241, 4, 'u', 'device.gsm.operator'],
  [380, 1, 'u', 'device.output3.state', 1, 1, 0, 1],
  [449, 4, 'u', 'ignition.on.duration'],
  [13_201, 2, 'i', 'device.temperature.value', 1, 10],
  [636, 4, 'u', 'device.gsm.cell'],
];

/** What the tracker concludes: the vendor's "eventual" elements. */
const EVENTUAL: readonly IoRow[] = [
  [243, 2, 'u', 'behaviour.driving.duration', 1, 1000],
  [246, 1, 'u', 'secure.towing.active', 1, 1, 0, 1],
  [247, 1, 'u', 'secure.crash.state'],
  [249, 1, 'u', 'device.gsm.jammed', 1, 1, 0, 1],
  // From 2 on it is the driver's choice in an app, not a journey.
  [250, 1, 'u', 'behaviour.trip.active', 1, 1, 0, 1],
  [251, 1, 'u', 'behaviour.idle.active', 1, 1, 0, 1],
  [252, 1, 'u', 'secure.unplug.active', 1, 1, 0, 1],
  [253, 1, 'u', 'behaviour.driving.type'],
  // Hundredths of g for acceleration and braking, of rad/s or g for cornering: the element does not say which.
  [254, 1, 'u', 'behaviour.driving.value'],
  [255, 1, 'u', 'behaviour.overspeed.speed'],
  [260, 2, 'u', 'behaviour.driving.duration', 1, 1000],
];

/** Zones 1 to 50, in the order of their numbers. */
const GEOFENCE_IDS = [
  155, 156, 157, 158, 159, 61, 62, 63, 64, 65, 70, 88, 91, 92, 93, 94, 95, 96, 97, 98, 99, 153, 154, 190, 191, 192, 193, 194,
  195, 196, 197, 198, 208, 209, 216, 217, 218, 219, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 231,
] as const;
/** The geofence the device draws around itself when parked; it has no number. */
const AUTO_GEOFENCE = 0;

const GEOFENCES: readonly GeofenceRow[] = [
  ...GEOFENCE_IDS.map((id, index): GeofenceRow => [id, 1, 'geofence', index + 1]),
  [175, 1, 'geofence', AUTO_GEOFENCE],
];

/** OBD-II by Bluetooth dongle or in an FMx00x; the device has applied the formulas of SAE J1979 already. */
const OBD: readonly IoRow[] = [
  [30, 1, 'u', 'service.dtc.count'],
  [31, 1, 'u', 'engine.load.value'],
  [32, 1, 'i', 'engine.coolant.temperature'],
  [33, 1, 'i', 'engine.trim.short1'],
  [34, 2, 'u', 'consumption.fuel.pressure'],
  [35, 1, 'u', 'engine.intake.pressure'],
  [36, 2, 'u', 'engine.speed.value'],
  [37, 1, 'u', 'wheels.speed.value'],
  [38, 1, 'i', 'engine.timing.advance'],
  [39, 1, 'i', 'engine.intake.temperature'],
  [40, 2, 'u', 'engine.intake.flow', 1, 100],
  [41, 1, 'u', 'engine.throttle.position'],
  [42, 2, 'u', 'engine.run.duration'],
  [43, 2, 'u', 'odometer.mil.value'],
  [44, 2, 'u', 'consumption.rail.relative', 1, 10],
  [45, 2, 'u', 'consumption.rail.direct', 10],
  [46, 1, 'u', 'engine.egr.commanded'],
  [47, 1, 'i', 'engine.egr.error'],
  [48, 1, 'u', 'consumption.fuel.level'],
  [49, 2, 'u', 'odometer.dtc.value'],
  [50, 1, 'u', 'device.ambient.pressure'],
  [51, 2, 'u', 'service.module.voltage', 1, 1000],
  [52, 2, 'u', 'engine.load.absolute'],
  [53, 1, 'i', 'device.ambient.temperature'],
  [54, 2, 'u', 'service.mil.duration'],
  [55, 2, 'u', 'service.dtc.duration'],
  // PID 59 counts tens of kilopascals; the page of the FMB120 prints a tenth.
  [56, 2, 'u', 'consumption.rail.absolute', 10],
  [57, 1, 'u', 'charging.battery.level', 1, 1, 0, 100],
  [58, 1, 'u', 'engine.oil.temperature'],
  [59, 2, 'i', 'engine.injection.timing', 1, 100],
  [256, 'x', 'ascii', 'device.vehicle.vin'],
  [281, 'x', 'ascii', 'service.dtc.list'],
  // Read from the car maker's own identifiers.
  [389, 4, 'u', 'odometer.total.value'],
  [390, 4, 'u', 'consumption.fuel.volume', 1, 10],
];

/** LV-CAN200, ALL-CAN300, CAN-CONTROL and the trackers that have one built in (FMB140, FMB150, FMC150). */
const CAN_ADAPTER: readonly IoRow[] = [
  [81, 1, 'u', 'wheels.speed.value'],
  [82, 1, 'u', 'engine.pedal.position'],
  [83, 4, 'u', 'consumption.fuel.used', 1, 10],
  [84, 2, 'u', 'consumption.fuel.volume', 1, 10],
  [85, 2, 'u', 'engine.speed.value'],
  [87, 4, 'u', 'odometer.total.value', 1, 1000],
  [89, 1, 'u', 'consumption.fuel.level'],
  [
    90,
    2,
    'flags',
    [
      [0x100, 'doors.front_left.open'],
      [0x200, 'doors.front_right.open'],
      [0x400, 'doors.rear_left.open'],
      [0x800, 'doors.rear_right.open'],
      [0x1000, 'doors.hood.open'],
      [0x2000, 'doors.trunk.open'],
    ],
  ],
  [102, 4, 'u', 'engine.hours.total', 1, 60],
  [103, 4, 'u', 'engine.hours.counted', 1, 60],
  [105, 4, 'u', 'odometer.counted.value', 1, 1000],
  [107, 4, 'u', 'consumption.fuel.counted', 1, 10],
  [110, 2, 'u', 'consumption.fuel.rate', 1, 10],
  [111, 1, 'u', 'consumption.adblue.level'],
  [112, 2, 'u', 'consumption.adblue.volume', 1, 10],
  [114, 1, 'u', 'engine.load.value'],
  [115, 2, 'i', 'engine.coolant.temperature', 1, 10],
  [118, 2, 'u', 'wheels.axle1.weight'],
  [119, 2, 'u', 'wheels.axle2.weight'],
  [120, 2, 'u', 'wheels.axle3.weight'],
  [121, 2, 'u', 'wheels.axle4.weight'],
  [122, 2, 'u', 'wheels.axle5.weight'],
  // The bytes count from the least: 1 warning lamps, 2 lights. What the other bits say has no row in the catalogue.
  [
    123,
    4,
    'flags',
    [
      [0x100, 'service.mil.on'],
      [0x10_0000, 'lights.parking.on'],
      [0x20_0000, 'lights.low_beam.on'],
      [0x40_0000, 'lights.high_beam.on'],
    ],
  ],
  [
    132,
    8,
    'flags8',
    [
      [3, 0x20, 'doors.all.locked'],
      [3, 0x40, 'secure.alarm.active'],
      [4, 0x10, 'wheels.handbrake.engaged'],
      [4, 0x20, 'wheels.brake.pressed'],
      [4, 0x40, 'engine.running.on'],
      [5, 0x01, 'doors.front_left.open'],
      [5, 0x02, 'doors.front_right.open'],
      [5, 0x04, 'doors.rear_left.open'],
      [5, 0x08, 'doors.rear_right.open'],
      [5, 0x10, 'doors.hood.open'],
      [5, 0x20, 'doors.trunk.open'],
    ],
  ],
  [133, 4, 'u', 'odometer.tachograph.value', 1, 1000],
  [134, 4, 'u', 'odometer.trip.value', 1, 1000],
  [135, 2, 'u', 'wheels.tachograph.speed'],
  [151, 2, 'i', 'charging.battery.temperature', 1, 10],
  [152, 1, 'u', 'charging.battery.level', 1, 1, 0, 100],
  [160, 1, 'u', 'service.dtc.count'],
  [187, 4, 'u', 'wheels.load.weight'],
  [188, 1, 'u', 'engine.retarder.load'],
  [233, 4, 'u', 'consumption.cng.used'],
  [234, 1, 'u', 'consumption.cng.level', 1, 1, 0, 100],
  [282, 'x', 'ascii', 'service.dtc.list'],
  [304, 4, 'u', 'charging.battery.range', 1, 1000],
  [305, 4, 'u', 'consumption.fuel.range', 1, 1000],
  [325, 'x', 'ascii', 'device.vehicle.vin'],
];

/** Sensors heard by Bluetooth. Codes of the sensor (not found, failed, abnormal) lie above the range of the reading. */
const BLE: readonly IoRow[] = [
  [25, 2, 'i', 'device.ble1.temperature', 1, 100, -4000, 12_500],
  [26, 2, 'i', 'device.ble2.temperature', 1, 100, -4000, 12_500],
  [27, 2, 'i', 'device.ble3.temperature', 1, 100, -4000, 12_500],
  [28, 2, 'i', 'device.ble4.temperature', 1, 100, -4000, 12_500],
  [29, 1, 'u', 'device.ble1.battery', 1, 1, 0, 100],
  [20, 1, 'u', 'device.ble2.battery', 1, 1, 0, 100],
  [22, 1, 'u', 'device.ble3.battery', 1, 1, 0, 100],
  [23, 1, 'u', 'device.ble4.battery', 1, 1, 0, 100],
  [86, 2, 'u', 'device.ble1.humidity', 1, 10, 0, 1000],
  [104, 2, 'u', 'device.ble2.humidity', 1, 10, 0, 1000],
  [106, 2, 'u', 'device.ble3.humidity', 1, 10, 0, 1000],
  [108, 2, 'u', 'device.ble4.humidity', 1, 10, 0, 1000],
  [335, 2, 'u', 'device.ble1.luminosity'],
  [336, 2, 'u', 'device.ble2.luminosity'],
  [337, 2, 'u', 'device.ble3.luminosity'],
  [338, 2, 'u', 'device.ble4.luminosity'],
];

/** Teltonika's own EYE sensors; a number in each thousand is the sensor's place. */
const EYE: readonly IoRow[] = ([1, 2, 3, 4] as const).flatMap((n): IoRow[] => [
  [10_799 + n, 2, 'i', `device.eye${n}.temperature`, 1, 100, -4000, 12_500],
  [10_803 + n, 1, 'u', `device.eye${n}.humidity`, 1, 1, 0, 100],
  [10_807 + n, 1, 'u', `device.eye${n}.magnet`, 1, 1, 0, 1],
  [10_811 + n, 1, 'u', `device.eye${n}.moving`, 1, 1, 0, 1],
  [10_815 + n, 1, 'i', `device.eye${n}.pitch`, 1, 1, -90, 90],
  [10_823 + n, 2, 'u', `device.eye${n}.voltage`, 1, 1000],
  [10_831 + n, 2, 'i', `device.eye${n}.roll`, 1, 1, -180, 180],
]);

/** What every tracker of the family can send; an OBD dongle has no bus adapter. */
const FMB_COMMON_ROWS: readonly IoRow[] = [...CORE, ...EVENTUAL, ...OBD, ...BLE, ...EYE];
export const FMB_ROWS: readonly IoRow[] = [...FMB_COMMON_ROWS, ...GEOFENCES, ...CAN_ADAPTER];
export const FM_OBD_ROWS: readonly IoRow[] = [...FMB_COMMON_ROWS, ...GEOFENCES];
/** The bus adapter's part, for the platform that numbers geofences otherwise. */
export const FT_COMMON_ROWS: readonly IoRow[] = [...FMB_COMMON_ROWS, ...CAN_ADAPTER];

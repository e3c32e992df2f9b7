/**
 * Io elements of the professional trackers: FMB630, FM6300, FM6320 (Codec 16) and FMB640, FMC640, FMC650 (Codec 8, 8 Extended).
 *
 * Source: Teltonika, "FM6300 ..." and "FMB640 Teltonika Data Sending Parameters ID" (wiki.teltonika-gps.com). Nearly every
 * number below 256 means something else than in the FMB family. The FMS block (79 to 139) comes in engineering units: the
 * ranges printed beside it are those of the raw J1939 counters and must not be applied.
 */
import type { GeofenceRow, IoRow } from './io-table.ts';
import type { Join } from './parts.ts';

const MILLI_G = [980_665, 100_000_000] as const;
/** Tenths of a degree; above 850 the vendor lists codes of the sensor. */
const DALLAS = [1, 10, -550, 849] as const;

const CORE: readonly IoRow[] = [
  [1, 1, 'u', 'device.input1.state', 1, 1, 0, 1],
  [2, 1, 'u', 'device.input2.state', 1, 1, 0, 1],
  [3, 1, 'u', 'device.input3.state', 1, 1, 0, 1],
  [4, 1, 'u', 'device.input4.state', 1, 1, 0, 1],
  [9, 2, 'u', 'device.analog1.voltage', 1, 1000],
  [10, 2, 'u', 'device.analog2.voltage', 1, 1000],
  [11, 2, 'u', 'device.analog3.voltage', 1, 1000],
  [21, 1, 'u', 'device.gsm.signal', 20, 1, 0, 5],
  [50, 1, 'u', 'device.output3.state', 1, 1, 0, 1],
  [51, 1, 'u', 'device.output4.state', 1, 1, 0, 1],
  [66, 2, 'u', 'device.supply.voltage', 1, 1000],
  [67, 2, 'u', 'device.battery.voltage', 1, 1000],
  [68, 2, 'u', 'device.battery.current', 1, 1000],
  [70, 2, 'i', 'device.temperature.value', 1, 10],
  [71, 1, 'u', 'position.gnss.state'],
  [72, 2, 'i', 'device.sensor1.temperature', ...DALLAS],
  [73, 2, 'i', 'device.sensor2.temperature', ...DALLAS],
  [74, 2, 'i', 'device.sensor3.temperature', ...DALLAS],
  [75, 2, 'i', 'device.sensor4.temperature', ...DALLAS],
  [78, 8, 'hex', 'behaviour.driver1.id'],
  [178, 1, 'u', 'device.gsm.technology'],
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
  [216, 4, 'u', 'odometer.device.value', 1, 1000],
  [236, 2, 'i', 'behaviour.acceleration.x', ...MILLI_G],
  [237, 2, 'i', 'behaviour.acceleration.y', ...MILLI_G],
  [238, 2, 'i', 'behaviour.acceleration.z', ...MILLI_G],
  [239, 1, 'u', 'ignition.state.on', 1, 1, 0, 1],
  [240, 1, 'u', 'position.motion.moving', 1, 1, 0, 1],
  [241, 4, 'u', 'device.gsm.operator'],
  [243, 1, 'u', 'behaviour.idle.active', 1, 1, 0, 1],
  [245, 2, 'u', 'device.analog4.voltage', 1, 1000],
  [246, 1, 'u', 'secure.towing.active', 1, 1, 0, 1],
  [247, 1, 'u', 'secure.crash.state'],
  [249, 1, 'u', 'device.gsm.jammed', 1, 1, 0, 1],
  [250, 1, 'u', 'behaviour.trip.active', 1, 1, 0, 1],
  [253, 1, 'u', 'behaviour.driving.type'],
  [254, 1, 'u', 'behaviour.driving.value'],
  [255, 1, 'u', 'behaviour.overspeed.speed'],
  [260, 2, 'u', 'behaviour.driving.duration', 1, 1000],
];

/** LV-CAN200 and ALL-CAN300 on this family. */
const CAN_ADAPTER: readonly IoRow[] = [
  [14, 4, 'u', 'engine.hours.total', 1, 60],
  [15, 4, 'u', 'engine.hours.counted', 1, 60],
  [16, 4, 'u', 'odometer.counted.value', 1, 1000],
  [17, 4, 'u', 'consumption.fuel.counted', 1, 10],
  [18, 2, 'u', 'consumption.fuel.rate', 1, 10],
  [19, 1, 'u', 'consumption.adblue.level', 1, 1, 0, 100],
  [20, 2, 'u', 'consumption.adblue.volume', 1, 10],
  [23, 1, 'u', 'engine.load.value'],
  [25, 2, 'i', 'engine.coolant.temperature', 1, 10],
  [26, 2, 'u', 'wheels.axle1.weight'],
  [27, 2, 'u', 'wheels.axle2.weight'],
  [28, 2, 'u', 'wheels.axle3.weight'],
  [29, 2, 'u', 'wheels.axle4.weight'],
  [30, 1, 'u', 'wheels.speed.value'],
  [31, 1, 'u', 'engine.pedal.position', 1, 1, 0, 100],
  [32, 2, 'u', 'wheels.axle5.weight'],
  [33, 4, 'u', 'consumption.fuel.used', 1, 10],
  [34, 2, 'u', 'consumption.fuel.volume', 1, 10],
  [35, 2, 'u', 'engine.speed.value'],
  [36, 4, 'u', 'odometer.total.value', 1, 1000],
  [37, 1, 'u', 'consumption.fuel.level', 1, 1, 0, 100],
  [141, 2, 'i', 'charging.battery.temperature', 1, 10],
  [142, 1, 'u', 'charging.battery.level', 1, 1, 0, 100],
  [176, 1, 'u', 'service.dtc.count'],
  [227, 4, 'u', 'consumption.cng.used'],
  [228, 2, 'u', 'consumption.cng.level', 1, 1, 0, 100],
  [
    143,
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
];

/** The FMS gateway of a lorry. Values above the printed range are "error" and "not available". */
const FMS: readonly IoRow[] = [
  [79, 1, 'u', 'wheels.brake.pressed', 1, 1, 0, 1],
  [80, 4, 'u', 'wheels.speed.value', 1, 1, 0, 250],
  [81, 1, 'u', 'engine.cruise.active', 1, 1, 0, 1],
  [82, 1, 'u', 'wheels.clutch.pressed', 1, 1, 0, 1],
  [83, 1, 'u', 'engine.pto.active', 1, 1, 0, 1],
  [84, 4, 'u', 'engine.pedal.position', 1, 1, 0, 102],
  [85, 1, 'u', 'engine.load.value', 1, 1, 0, 125],
  [86, 4, 'u', 'consumption.fuel.used', 1, 1, 0, 2_105_540_607],
  [87, 4, 'u', 'consumption.fuel.level', 1, 1, 0, 102],
  [88, 4, 'u', 'engine.speed.value', 1, 1, 0, 8032],
  [89, 6, 'u', 'wheels.axle1.weight', 1, 1, 0, 32_766],
  [90, 6, 'u', 'wheels.axle2.weight', 1, 1, 0, 32_766],
  [91, 6, 'u', 'wheels.axle3.weight', 1, 1, 0, 32_766],
  [92, 6, 'u', 'wheels.axle4.weight', 1, 1, 0, 32_766],
  [93, 6, 'u', 'wheels.axle5.weight', 1, 1, 0, 32_766],
  [104, 4, 'u', 'engine.hours.total', 1, 1, 0, 210_554_060],
  // The least value of the range is what a bus without the number gives.
  [113, 4, 'i', 'service.next.distance', 1, 1, -160_634, 167_040],
  [128, 2, 'i', 'device.ambient.temperature', 1, 1, -100, 200],
  [135, 4, 'u', 'consumption.fuel.rate', 1, 1, 0, 3212],
  [136, 4, 'u', 'consumption.fuel.economy', 1, 1, 0, 125],
  [139, 4, 'u', 'wheels.vehicle.weight', 1, 1, 0, 642_550],
];

const TACHOGRAPH: readonly IoRow[] = [
  [184, 1, 'u', 'behaviour.driver1.state', 1, 1, 0, 3],
  [185, 1, 'u', 'behaviour.driver2.state', 1, 1, 0, 3],
  [187, 1, 'u', 'behaviour.driver1.card', 1, 1, 0, 1],
  [188, 1, 'u', 'behaviour.driver2.card', 1, 1, 0, 1],
  [191, 2, 'u', 'wheels.tachograph.speed', 1, 1, 0, 250],
  [192, 4, 'u', 'odometer.tachograph.value', 1, 1000],
  [193, 4, 'u', 'odometer.trip.value', 1, 1000],
  [195, 8, 'part', 0],
  [196, 8, 'part', 1],
  [197, 8, 'part', 2],
  [198, 8, 'part', 3],
  [233, 8, 'part', 4],
  [234, 8, 'part', 5],
  [235, 1, 'part', 6],
];

/** How the parts of the tachograph's texts go together. */
export const FMB6_JOINS: readonly Join[] = [
  { key: 'behaviour.driver1.id', slots: [0, 1] },
  { key: 'behaviour.driver2.id', slots: [2, 3] },
  { key: 'device.vehicle.vin', slots: [4, 5, 6] },
];

/** Zones 1 to 20 follow each other from 155, 21 to 50 from 327. */
const GEOFENCES: readonly GeofenceRow[] = Array.from({ length: 50 }, (_, i): GeofenceRow => [
  i < 20 ? 155 + i : 327 + i - 20,
  1,
  'geofence',
  i + 1,
]);

export const FMB6_ROWS: readonly IoRow[] = [
  ...CORE,
  ...CAN_ADAPTER,
  ...FMS,
  ...TACHOGRAPH,
  ...GEOFENCES,
  [175, 1, 'geofence', 0],
];

/**
 * Modules of the device itself: supply, GNSS, inputs, mobile network, driver, SIM. Bits 0 to 11, 26, 27, 32 and 43 of
 * protocol X 3.0.
 */
import { addSignal, addState } from '#model/message';
import { toHex } from '#wire/hex';
import type { SignalKey } from '#model/signals';
import { addFields, hex, num, reserved, sizeOf, text, type Field } from './fields.ts';
import { fixed, plain, type Module, type ReportState } from './module.ts';
import { isFilledWith, u16, u24, u32 } from './read.ts';
import { nameFix, readFix } from './report.ts';

const MAX_SPEEDS = [num('u8', 'position.speed.max', { multiply: 2 })];

// ext supply u8 0.2 V · own battery u8 %
function decodePower(report: ReportState, bytes: Uint8Array, at: number): void {
  report.supplyV = (bytes[at] as number) / 5;
  addSignal(report.message, 'device.supply.voltage', report.supplyV);
  report.trace?.field('supply', at, at + 1, { meaning: '0.2 V' });
  addSignal(report.message, 'device.battery.level', bytes[at + 1] as number);
  report.trace?.field('battery', at + 1, at + 2);
}

const GNSS_BYTES = 18;
/** What follows the altitude in the plain GNSS module. */
const GNSS_TAIL: readonly Field[] = [num('u16', 'odometer.trip.value', { divide: 10 })];

/** What the GNSS modules of protocol Y, and the extended one, add: share of the time with a fix, satellites in view, error. */
export const GNSS_QUALITY: readonly Field[] = [
  num('u8', 'position.gnss.availability'),
  num('u8', 'position.gnss.visible'),
  num('u8', 'position.gnss.error'),
];

// fix time u32 · lat i32 · lon i32 · speed u8 2 km/h · max speed u8 2 km/h · heading u8 2° · altitude u8 20 m · more
function decodeGnssWith(tail: readonly Field[]): Module['decode'] {
  return (report, bytes, at, end) => {
    const { message, hasFix, faults, trace } = report;
    const places = { lat: at + 4, speed: at + 12, course: at + 14, altitude: at + 15 };
    message.fix = readFix(bytes, places, u32(bytes, at), hasFix, faults);
    trace?.field('fix time', at, at + 4, { part: 'fix.fixTime', meaning: 'seconds since 1980-01-06, 0 without' });
    if (trace !== null) nameFix(trace, places);
    addFields(MAX_SPEEDS, message, bytes, at + 13, end, trace);
    addFields(tail, message, bytes, at + 16, end, trace);
  };
}

/** The dilution of precision belongs to the fix: no field of the message. */
const HDOP: Field = reserved(1, { name: 'hdop', part: 'fix.hdop' });

const EXTENDED_TAIL: readonly Field[] = [
  ...GNSS_TAIL,
  ...GNSS_QUALITY,
  HDOP,
  num('u8', 'astra-telematics.gnss.jammer_hits'),
  num('u8', 'astra-telematics.gnss.constellations'),
  reserved(4),
];
const decodeExtended = decodeGnssWith(EXTENDED_TAIL);
const EXTENDED_HDOP_AT = 21;

function decodeGnssExtended(report: ReportState, bytes: Uint8Array, at: number, end: number): void {
  decodeExtended(report, bytes, at, end);
  const { fix } = report.message;
  if (fix !== null) fix.hdop = (bytes[at + EXTENDED_HDOP_AT] as number) / 10;
}

/** The GNSS module with more fields behind those of protocol X. */
export function gnssModule(more: readonly Field[]): Module {
  return fixed(1, 'gnss', GNSS_BYTES + sizeOf(more), decodeGnssWith([...GNSS_TAIL, ...more]));
}

const INPUTS = ['device.input1.state', 'device.input2.state', 'device.input3.state', 'device.input4.state'] as const;
const OUTPUTS = ['device.output1.state', 'device.output2.state', 'device.output3.state', 'device.output4.state'] as const;

// states u16 (bits 0-7 inputs, 8-15 outputs) · changes u16
function decodeDigitals({ message, trace }: ReportState, bytes: Uint8Array, at: number): void {
  const [outputs, inputs] = [bytes[at] as number, bytes[at + 1] as number];
  for (let bit = 0; bit < INPUTS.length; bit++) addSignal(message, INPUTS[bit] as string, (inputs >>> bit) & 1);
  const inputSpan = trace?.field('inputs', at + 1, at + 2, { raw: inputs });
  for (let bit = 0; bit < OUTPUTS.length; bit++) addSignal(message, OUTPUTS[bit] as string, (outputs >>> bit) & 1);
  const outputSpan = trace?.field('outputs', at, at + 1, { raw: outputs });
  addSignal(message, 'device.inputs.states', inputs);
  trace?.credit(inputSpan);
  addSignal(message, 'device.inputs.changes', bytes[at + 3] as number);
  trace?.field('input changes', at + 3, at + 4);
  addSignal(message, 'astra-telematics.outputs.states', outputs);
  trace?.credit(outputSpan);
  addSignal(message, 'astra-telematics.outputs.changes', bytes[at + 2] as number);
  trace?.field('output changes', at + 2, at + 3);
}

// signal u8: low nibble satellites in use, high nibble n for -111 + 4n dBm
function decodeSignal(report: ReportState, bytes: Uint8Array, at: number): void {
  const signal = bytes[at] as number;
  report.satellites = signal & 0x0f;
  addSignal(report.message, 'device.gsm.rssi', -111 + 4 * (signal >>> 4));
  report.trace?.field('signal', at, at + 1, { raw: signal, part: 'fix.satellites', meaning: 'High half n: -111 + 4n dBm' });
}

// geofence u8: bit 7 entered, bits 0-6 its index
function decodeGeofence(report: ReportState, bytes: Uint8Array, at: number): void {
  const geofence = bytes[at] as number;
  report.geofence = geofence;
  addSignal(report.message, 'position.geofence.index', geofence & 0x7f);
  addSignal(report.message, 'position.geofence.entered', geofence >>> 7);
  report.trace?.field('geofence', at, at + 1, { raw: geofence, meaning: 'Bit 7 entered, the rest its number' });
}

const DRIVER_SOURCES = ['none', 'ibutton', 'rfid', 'bluetooth', 'cr002'] as const;
const DRIVER_ID_BYTES = 8;

// source u8 · id 8 bytes; all zero where nobody is known
function decodeDriver({ message, trace }: ReportState, bytes: Uint8Array, at: number): void {
  const source = bytes[at] as number;
  addState(message, 'astra-telematics.driver.source', DRIVER_SOURCES[source] ?? String(source));
  trace?.field('source', at, at + 1, { raw: source });
  const [from, to] = [at + 1, at + 1 + DRIVER_ID_BYTES];
  if (!isFilledWith(bytes, from, to, 0)) addState(message, 'behaviour.driver1.id', toHex(bytes.subarray(from, to)));
  trace?.field('driver id', from, to, { meaning: 'Zero where nobody is known' });
}

/** More digits than an IMSI has: ten to the fifteenth. */
const IMSI_LIMIT = 1e15;

// imsi 7 bytes, a number
function decodeSubscriber({ message, trace }: ReportState, bytes: Uint8Array, at: number): void {
  const imsi = u24(bytes, at) * 0x1_0000_0000 + u32(bytes, at + 3);
  if (imsi > 0 && imsi < IMSI_LIMIT) addState(message, 'device.sim.imsi', String(imsi).padStart(15, '0'));
  else if (imsi > 0) addState(message, 'astra-telematics.sim.subscriber', toHex(bytes.subarray(at, at + 7)));
  trace?.field('imsi', at, at + 7, { raw: imsi });
}

const SENSORS = 6;
const SENSOR_BYTES = 3;
const TEMPERATURES: readonly SignalKey[] = [1, 2, 3, 4].map((n) => `device.sensor${n}.temperature` as SignalKey);
const HUMIDITIES: readonly SignalKey[] = [1, 2, 3, 4].map((n) => `device.sensor${n}.humidity` as SignalKey);

const SENSOR_KINDS = ['No sensor', 'Temperature, 0.01 °C', 'Humidity, 0.01 %', 'Light'];

// 6 x: kind u8 (low nibble 1 temperature, 2 humidity, 3 light) · value 16 bits
function decodeSensors({ message, trace }: ReportState, bytes: Uint8Array, from: number): void {
  for (let index = 0; index < SENSORS; index++) {
    const at = from + index * SENSOR_BYTES;
    const kind = (bytes[at] as number) & 0x0f;
    const raw = u16(bytes, at + 1);
    const own = `astra-telematics.sensor${index + 1}`;
    if (kind === 1) addSignal(message, TEMPERATURES[index] ?? `${own}.temperature`, ((raw << 16) >> 16) / 100);
    else if (kind === 2) addSignal(message, HUMIDITIES[index] ?? `${own}.humidity`, raw / 100);
    else if (kind === 3) addSignal(message, `${own}.light`, raw);
    const flags = (bytes[at] as number) >>> 4;
    if (kind !== 0 && flags !== 0) addSignal(message, `${own}.flags`, flags);
    const meaning = SENSOR_KINDS[kind] ?? 'A kind nobody names';
    trace?.field(`sensor ${index + 1}`, at, at + SENSOR_BYTES, { raw, meaning });
  }
}

const ACCELERATION_KEYS = [
  'behaviour.acceleration.xmax',
  'behaviour.acceleration.xmin',
  'behaviour.acceleration.ymax',
  'behaviour.acceleration.ymin',
  'behaviour.acceleration.zmax',
  'behaviour.acceleration.zmin',
] as const;

export const TRAILER_ID: Module = plain(9, 'trailer', [
  num('u8', 'astra-telematics.trailer.source'),
  text(10, 'astra-telematics.trailer.id'),
  num('u8', 'astra-telematics.trailer.status'),
]);

const POWER: Module = fixed(0, 'power', 2, decodePower);

export const CORE_MODULES: readonly Module[] = [
  POWER,
  gnssModule([]),
  fixed(2, 'digitals', 4, decodeDigitals),
  // The scale depends on how the input is wired and set up.
  plain(3, 'analogues', [num('u16', 'device.analog1.raw'), num('u16', 'device.analog2.raw')]),
  plain(4, 'behaviour', [
    ...ACCELERATION_KEYS.map((key) => num('u8', key, { divide: 10 })),
    num('u16', 'engine.idle.duration'),
  ]),
  fixed(5, 'signal', 1, decodeSignal),
  plain(6, 'network', [num('u16', 'device.gsm.mcc'), num('u16', 'device.gsm.mnc')]),
  fixed(7, 'geofence', 1, decodeGeofence),
  fixed(8, 'driver', 9, decodeDriver),
  plain(9, 'alcohol', [num('u8', 'behaviour.alcohol.status'), num('u16', 'behaviour.alcohol.level'), reserved(5)]),
  plain(11, 'gnss-stop', [num('u24', 'odometer.device.value'), num('u16', 'engine.hours.counted')]),
  fixed(26, 'subscriber', 7, decodeSubscriber),
  plain(27, 'sim', [text(20, 'device.sim.iccid')]),
  fixed(32, 'sensors', SENSORS * SENSOR_BYTES, decodeSensors),
  fixed(43, 'gnss-extended', 28, decodeGnssExtended),
  // Which bits of the cash box's status mean what is not published.
  plain(38, 'cash', [num('u8', 'astra-telematics.cash.status'), hex(5, 'astra-telematics.cash.reserved')]),
];

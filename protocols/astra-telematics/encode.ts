/**
 * Writes what a device sends: the login, frames of protocol K and of protocol X in modes 4 and 6. For the simulator and for
 * round-trip properties; no decoder test takes its bytes as proof.
 *
 * Values are physical ones, in the units of their names; they are rounded to the step of the wire and held to its range.
 */
import { crc16Modbus } from '#wire/crc';
import type { EpochMs } from '#model/clocks';
import {
  newWriter,
  writeAscii,
  writeBytes,
  writeI32,
  writeU16,
  writeU24,
  writeU32,
  writeU48,
  writeU8,
  written,
  type Writer,
} from '#wire/writer';
import { writeImei } from './imei.ts';
import { toDeviceSeconds } from './time.ts';

/** What a login says of the device. Fields are ASCII without semicolons. */
export interface EncodedLogin {
  imei: string;
  model: string;
  /** Empty where it is not known. */
  vin?: string;
  firmware: string;
  /** `X` where it is left out. */
  protocol?: 'X' | 'Y' | 'Z';
  hardware?: string;
}

/** Status bits of a report; those left out are clear, and the fix is valid. */
export interface EncodedStatus {
  ignition?: boolean;
  privateMode?: boolean;
  noFix?: boolean;
  roaming?: boolean;
  stored?: boolean;
  immobilised?: boolean;
  jammed?: boolean;
  luggageLocked?: boolean;
  charging?: boolean;
}

export interface EncodedModules {
  power?: { supplyV: number; batteryPercent: number };
  gnss?: {
    /** `null` where there never was a fix. */
    fixTime: EpochMs | null;
    lat: number;
    lon: number;
    speedKmh: number;
    maxSpeedKmh: number;
    courseDeg: number;
    altitudeM: number;
    journeyKm: number;
  };
  /** Bit masks: inputs in bits 0-7, outputs in bits 8-15. */
  digitals?: { states: number; changes: number };
  /** Magnitudes, and the idle time of the journey. */
  behaviour?: {
    xMaxMss: number;
    xMinMss: number;
    yMaxMss: number;
    yMinMss: number;
    zMaxMss: number;
    zMinMss: number;
    idleS: number;
  };
  signal?: { satellites: number; rssiDbm: number };
  obdJourney?: {
    maxSpeedKmh: number;
    averageSpeedKmh: number;
    maxRpm: number;
    averageRpm: number;
    maxPedalPercent: number;
    averagePedalPercent: number;
    maxLoadPercent: number;
    averageLoadPercent: number;
    journeyKm: number;
    coolantC: number;
    fuelRaw: number;
    journeyFuelL: number;
  };
  /** At most five. */
  obdCodes?: readonly string[];
  obdStop?: { odometerKm: number; engineHours: number; milMinutes: number; milKm: number };
}

export interface EncodedReport {
  sequence: number;
  deviceTime: EpochMs;
  /** Bit numbers, see `flags.ts`; 0, the time interval, where they are left out. */
  reasons?: readonly number[];
  status?: EncodedStatus;
  modules: EncodedModules;
}

export interface EncodedX {
  /** In the frame for mode 4; `null` for mode 6, after a login. */
  imei: string | null;
  /** At least one, at most 255. */
  reports: readonly EncodedReport[];
}

/** A report of protocol K, which has all its fields always. */
export interface EncodedKReport {
  sequence: number;
  deviceTime: EpochMs;
  lat: number;
  lon: number;
  speedKmh: number;
  maxSpeedKmh: number;
  courseDeg: number;
  altitudeM: number;
  reasons?: readonly number[];
  status?: Pick<EncodedStatus, 'ignition' | 'privateMode' | 'noFix' | 'roaming' | 'stored'>;
  supplyV: number;
  batteryPercent: number;
  analogV?: number;
  journeyKm: number;
  idleS: number;
  satellites: number;
  /** 0-15. */
  signal: number;
  /** Sent with the first and last report of a journey. Driver id: seven bytes as hex digits. */
  extra?: { driverId: string; odometerKm: number; engineHours: number };
}

const CRC_BYTES = 2;
const LETTER_K = 'K';
const LETTER_X = 'X';
const EXTRA_BLOCK = 0x100;

function held(value: number, highest: number): number {
  return Math.min(highest, Math.max(0, Math.round(value)));
}

const u8 = (out: Writer, value: number): void => writeU8(out, held(value, 0xff));
const u16 = (out: Writer, value: number): void => writeU16(out, held(value, 0xffff));
const u24 = (out: Writer, value: number): void => writeU24(out, held(value, 0xff_ffff));

/** Writes the login line. */
export function encodeLogin({ imei, model, vin = '', firmware, protocol = 'X', hardware = '1' }: EncodedLogin): Uint8Array {
  const out = newWriter(96);
  writeAscii(out, `$ASTRA;${model};${imei};${vin};${firmware};${protocol};${hardware}\r\n`);
  return written(out);
}

/** Writes a frame of protocol X. */
export function encodeX({ imei, reports }: EncodedX): Uint8Array {
  const out = beginFrame(LETTER_X);
  writeU8(out, reports.length);
  if (imei !== null) writeImei(out, imei);
  for (const [index, report] of reports.entries()) writeReport(out, report, index < reports.length - 1);
  return endFrame(out);
}

/** Writes a frame of protocol K. */
export function encodeK({ imei, reports }: { imei: string; reports: readonly EncodedKReport[] }): Uint8Array {
  const out = beginFrame(LETTER_K);
  writeImei(out, imei);
  for (const [index, report] of reports.entries()) writeKReport(out, report, index < reports.length - 1);
  return endFrame(out);
}

function beginFrame(letter: string): Writer {
  const out = newWriter(128);
  writeAscii(out, letter);
  writeU16(out, 0);
  return out;
}

function endFrame(out: Writer): Uint8Array {
  out.view.setUint16(1, out.length + CRC_BYTES);
  writeU16(out, crc16Modbus(out.bytes, 0, out.length));
  return written(out);
}

function reasonMask(reasons: readonly number[] = [0]): number {
  let mask = 0;
  for (const bit of reasons) mask |= 1 << bit;
  return mask >>> 0;
}

function statusMask(status: EncodedStatus, more: boolean): number {
  const bits: readonly (boolean | undefined)[] = [
    status.ignition,
    status.privateMode,
    status.noFix,
    status.roaming,
    more,
    status.stored,
    status.immobilised,
    false,
    status.jammed,
    status.luggageLocked,
    status.charging,
  ];
  return bits.reduce((mask, bit, index) => (bit === true ? mask | (1 << index) : mask), 0);
}

type ModuleWriter = (out: Writer) => void;

/** The modules of a report with their bits, in ascending order. */
function* writersOf(modules: EncodedModules): Generator<readonly [bit: number, write: ModuleWriter]> {
  const { power, gnss, digitals, behaviour, signal, obdJourney, obdCodes, obdStop } = modules;
  if (power !== undefined) yield [0, (out) => writePower(out, power)];
  if (gnss !== undefined) yield [1, (out) => writeGnss(out, gnss)];
  if (digitals !== undefined) yield [2, (out) => writeDigitals(out, digitals)];
  if (behaviour !== undefined) yield [4, (out) => writeBehaviour(out, behaviour)];
  if (signal !== undefined) yield [5, (out) => writeSignal(out, signal)];
  if (obdJourney !== undefined) yield [13, (out) => writeObdJourney(out, obdJourney)];
  if (obdCodes !== undefined) yield [14, (out) => writeObdCodes(out, obdCodes)];
  if (obdStop !== undefined) yield [16, (out) => writeObdStop(out, obdStop)];
}

function writeReport(out: Writer, { sequence, deviceTime, reasons, status = {}, modules }: EncodedReport, more: boolean): void {
  const writers = [...writersOf(modules)];
  writeU8(out, sequence & 0xff);
  writeU48(
    out,
    writers.reduce((mask, [bit]) => mask + 2 ** bit, 0),
  );
  writeU32(out, toDeviceSeconds(deviceTime));
  writeU32(out, reasonMask(reasons));
  writeU16(out, statusMask(status, more));
  for (const [, write] of writers) write(out);
}

type Given<K extends keyof EncodedModules> = NonNullable<EncodedModules[K]>;

function writePower(out: Writer, { supplyV, batteryPercent }: Given<'power'>): void {
  u8(out, supplyV * 5);
  u8(out, batteryPercent);
}

function writeGnss(out: Writer, gnss: Given<'gnss'>): void {
  writeU32(out, gnss.fixTime === null ? 0 : toDeviceSeconds(gnss.fixTime));
  writeI32(out, Math.round(gnss.lat * 1e6));
  writeI32(out, Math.round(gnss.lon * 1e6));
  u8(out, gnss.speedKmh / 2);
  u8(out, gnss.maxSpeedKmh / 2);
  u8(out, gnss.courseDeg / 2);
  u8(out, gnss.altitudeM / 20);
  u16(out, gnss.journeyKm * 10);
}

function writeDigitals(out: Writer, { states, changes }: Given<'digitals'>): void {
  u16(out, states);
  u16(out, changes);
}

function writeBehaviour(out: Writer, behaviour: Given<'behaviour'>): void {
  const { xMaxMss, xMinMss, yMaxMss, yMinMss, zMaxMss, zMinMss, idleS } = behaviour;
  for (const magnitude of [xMaxMss, xMinMss, yMaxMss, yMinMss, zMaxMss, zMinMss]) u8(out, magnitude * 10);
  u16(out, idleS);
}

function writeSignal(out: Writer, { satellites, rssiDbm }: Given<'signal'>): void {
  writeU8(out, (held((rssiDbm + 111) / 4, 0x0f) << 4) | held(satellites, 0x0f));
}

function writeObdJourney(out: Writer, journey: Given<'obdJourney'>): void {
  u8(out, journey.maxSpeedKmh);
  u8(out, journey.averageSpeedKmh);
  u8(out, journey.maxRpm / 32);
  u8(out, journey.averageRpm / 32);
  u8(out, journey.maxPedalPercent);
  u8(out, journey.averagePedalPercent);
  u8(out, journey.maxLoadPercent);
  u8(out, journey.averageLoadPercent);
  u16(out, journey.journeyKm * 10);
  u8(out, journey.coolantC + 40);
  u16(out, 0);
  u16(out, 0);
  u8(out, journey.fuelRaw);
  u16(out, journey.journeyFuelL * 10);
}

function writeObdCodes(out: Writer, codes: readonly string[]): void {
  for (let place = 0; place < 5; place++) writeAscii(out, (codes[place] ?? '').padEnd(5, '\0').slice(0, 5));
}

function writeObdStop(out: Writer, { odometerKm, engineHours, milMinutes, milKm }: Given<'obdStop'>): void {
  u24(out, odometerKm);
  u16(out, engineHours);
  u16(out, milMinutes);
  u16(out, milKm);
}

function writeKReport(out: Writer, report: EncodedKReport, more: boolean): void {
  const { extra } = report;
  writeU8(out, report.sequence & 0xff);
  writeI32(out, Math.round(report.lat * 1e6));
  writeI32(out, Math.round(report.lon * 1e6));
  writeU32(out, toDeviceSeconds(report.deviceTime));
  u8(out, report.speedKmh / 2);
  u8(out, report.courseDeg / 2);
  writeU24(out, reasonMask(report.reasons) & 0xff_ffff);
  writeU16(out, statusMask(report.status ?? {}, more) | (extra === undefined ? 0 : EXTRA_BLOCK));
  u8(out, 0);
  u8(out, (report.analogV ?? 0) * 50);
  u8(out, report.batteryPercent);
  u8(out, report.supplyV * 5);
  u8(out, report.maxSpeedKmh / 2);
  writeBytes(out, new Uint8Array(6));
  u16(out, report.journeyKm * 10);
  u16(out, report.idleS);
  u8(out, report.altitudeM / 20);
  writeU8(out, (held(report.signal, 0x0f) << 4) | held(report.satellites, 0x0f));
  u8(out, 0);
  if (extra !== undefined) writeKExtra(out, extra);
}

function writeKExtra(out: Writer, { driverId, odometerKm, engineHours }: NonNullable<EncodedKReport['extra']>): void {
  for (let at = 0; at < 7; at++) writeU8(out, Number.parseInt(driverId.slice(at * 2, at * 2 + 2), 16) || 0);
  u24(out, odometerKm);
  u16(out, engineHours);
}

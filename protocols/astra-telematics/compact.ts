/**
 * Protocols C, K and M: reports of fixed fields.
 *
 * Source: the Astra server of OpenGTS, written by the maker; Traccar for K. Big-endian but for M's digitals. The wire:
 *
 *     letter · length u16 (whole frame) · imei 7 bytes · report* · crc u16
 *     report   seq u8 · lat i32 · lon i32 · time u32 · speed u8 · heading u8 · ... 33 bytes (C), 38 (K), 41 (M)
 *     extra    driver id 7 bytes · odometer u24 km · engine hours u16, where bit 8 of a K or M status is set
 *
 * Reports go on to the end of the frame; the status bit that says so agrees, but the length is what the checksum covers.
 * Bit 6 announces extension data that nobody describes: what stands before it is read, and nothing after it.
 */
import type { Decoded } from '#protocols/codec';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { addSignal, type Message } from '#model/message';
import { sectionOf } from './explain.ts';
import { addFields, hex, num, type Field } from './fields.ts';
import { addReasons, addSharedStatus, NO_FIX } from './flags.ts';
import { isClockSet, nameFix, newReportMessage, readFix } from './report.ts';
import { u16, u24, u32 } from './read.ts';
import { fromDeviceSeconds } from './time.ts';

/** Offsets are in the report. */
export interface CompactLayout {
  readonly letter: 'C' | 'K' | 'M';
  /** Bytes of a report without the extra block. */
  readonly bytes: number;
  readonly reasonsAt: number;
  readonly reasonBytes: 2 | 3;
  /** The low byte of the status; K and M have a high one before it. */
  readonly statusAt: number;
  readonly hasExtra: boolean;
  readonly altitudeAt: number;
  /** High nibble mobile signal 0-15, low nibble satellites in use; C has none. */
  readonly signalAt: number | null;
  readonly geofenceAt: number;
  readonly supplyAt: number;
  /** The fields from `TAIL_AT` on that need no other. */
  readonly tail: readonly Field[];
}

const HEADER_BYTES = 10;
const CRC_BYTES = 2;
const EXTRA_BYTES = 12;
const EXTRA_BLOCK = 0x100;
const EXTENSION = 0x40;
const TAIL_AT = 20;

const SUPPLY = num('u8', 'device.supply.voltage', { divide: 5 });
const BATTERY = num('u8', 'device.battery.level');
const MAX_SPEED = num('u8', 'position.speed.max', { multiply: 2 });
const JOURNEY: readonly Field[] = [num('u16', 'odometer.trip.value', { divide: 10 }), num('u16', 'engine.idle.duration')];
/** Unit and order of the six are not published for these protocols. */
const ACCELERATIONS: readonly Field[] = ['x1', 'x2', 'y1', 'y2', 'z1', 'z2'].map((axis) =>
  num('u8', `astra-telematics.compact.acceleration_${axis}`),
);
const ANALOG1 = num('u8', 'device.analog1.voltage', { divide: 50 });

const EXTRA: readonly Field[] = [
  hex(7, 'behaviour.driver1.id'),
  num('u24', 'odometer.device.value'),
  num('u16', 'engine.hours.counted'),
];

export const COMPACT_LAYOUTS: ReadonlyMap<string, CompactLayout> = new Map(
  (
    [
      {
        letter: 'C',
        bytes: 33,
        reasonsAt: 16,
        reasonBytes: 2,
        statusAt: 18,
        hasExtra: false,
        altitudeAt: 15,
        signalAt: null,
        geofenceAt: 19,
        supplyAt: 25,
        tail: [
          num('u8', 'device.inputs.states'),
          num('u8', 'device.inputs.changes'),
          num('u8', 'device.analog2.raw'),
          num('u8', 'device.analog1.raw'),
          BATTERY,
          SUPPLY,
          MAX_SPEED,
          num('u8', 'astra-telematics.compact.acceleration_1'),
          num('u8', 'astra-telematics.compact.acceleration_2'),
          ...JOURNEY,
        ],
      },
      {
        letter: 'K',
        bytes: 38,
        reasonsAt: 15,
        reasonBytes: 3,
        statusAt: 19,
        hasExtra: true,
        altitudeAt: 35,
        signalAt: 36,
        geofenceAt: 37,
        supplyAt: 23,
        tail: [
          num('u8', 'astra-telematics.compact.digitals'),
          ANALOG1,
          BATTERY,
          SUPPLY,
          MAX_SPEED,
          ...ACCELERATIONS,
          ...JOURNEY,
        ],
      },
      {
        letter: 'M',
        bytes: 41,
        reasonsAt: 15,
        reasonBytes: 3,
        statusAt: 19,
        hasExtra: true,
        altitudeAt: 38,
        signalAt: 39,
        geofenceAt: 40,
        supplyAt: 26,
        tail: [
          num('u24le', 'astra-telematics.compact.digitals'),
          ANALOG1,
          num('u8', 'device.analog2.voltage', { multiply: 59, divide: 1000 }),
          BATTERY,
          SUPPLY,
          MAX_SPEED,
          ...ACCELERATIONS,
          ...JOURNEY,
        ],
      },
    ] satisfies CompactLayout[]
  ).map((layout) => [layout.letter, layout]),
);

/** Bytes of a frame with one report of the layout. */
export function shortestFrame(layout: CompactLayout): number {
  return HEADER_BYTES + layout.bytes + CRC_BYTES;
}

function statusOf(layout: CompactLayout, bytes: Uint8Array, report: number): number {
  const at = report + layout.statusAt;
  return layout.hasExtra ? u16(bytes, at - 1) : (bytes[at] as number);
}

/** Gives the offset after the report, or -1 where it does not end by `end`. */
function endOfReport(layout: CompactLayout, bytes: Uint8Array, from: number, end: number): number {
  if (from + layout.bytes > end) return -1;
  const hasExtra = layout.hasExtra && (statusOf(layout, bytes, from) & EXTRA_BLOCK) !== 0;
  const after = from + layout.bytes + (hasExtra ? EXTRA_BYTES : 0);
  return after <= end ? after : -1;
}

/** Tells whether the reports of the frame `[from, end)` lead exactly to its checksum. */
export function fillsFrame(layout: CompactLayout, bytes: Uint8Array, from: number, end: number): boolean {
  let at = from + HEADER_BYTES;
  while (at >= 0 && at < end - CRC_BYTES) at = endOfReport(layout, bytes, at, end - CRC_BYTES);
  return at === end - CRC_BYTES;
}

/**
 * Decodes the reports of a frame into `decoded`. Faults: `decode_truncated` where a report does not end inside the frame,
 * `decode_unsupported` at extension data, `decode_range` for impossible coordinates; the reports before are kept.
 */
export function decodeCompact(layout: CompactLayout, frame: Uint8Array, decoded: Decoded, trace: Trace | null): void {
  const end = frame.length - CRC_BYTES;
  let at = HEADER_BYTES;
  while (at < end) {
    const next = endOfReport(layout, frame, at, end);
    if (next < 0) {
      decoded.faults.push(
        fault('decode_truncated', at, `the last report does not end inside the frame: ${end - at} bytes are left`),
      );
      return;
    }
    const report = trace?.open(`report ${decoded.messages.length + 1}`, at, { section: sectionOf(layout.letter) });
    decoded.messages.push(decodeReport(layout, frame, at, next, decoded, trace));
    trace?.close(report, next);
    if ((statusOf(layout, frame, at) & EXTENSION) !== 0) {
      decoded.faults.push(fault('decode_unsupported', next, `extension data, and ${end - next} bytes that nobody describes`));
      return;
    }
    at = next;
  }
}

function decodeReport(
  layout: CompactLayout,
  bytes: Uint8Array,
  at: number,
  end: number,
  decoded: Decoded,
  trace: Trace | null,
): Message {
  const message = newReportMessage(bytes, at, end, at + layout.statusAt);
  trace?.follow(message);
  const seconds = u32(bytes, at + 9);
  const status = statusOf(layout, bytes, at);
  const signal = layout.signalAt === null ? null : (bytes[at + layout.signalAt] as number);
  const satellites = signal === null ? null : signal & 0x0f;
  message.deviceTime = fromDeviceSeconds(seconds);
  trace?.field('time', at + 9, at + 13, { part: 'deviceTime', raw: seconds, meaning: 'seconds since 1980-01-06' });
  const hasFix = (status & NO_FIX) === 0 && satellites !== 0 && isClockSet(seconds);
  const places = { lat: at + 1, speed: at + 13, course: at + 14, altitude: at + layout.altitudeAt };
  message.fix = readFix(bytes, places, 0, hasFix, decoded.faults);
  if (trace !== null) nameFix(trace, places);
  if (message.fix !== null) message.fix.satellites = satellites;
  addSignal(message, 'device.sequence.value', bytes[at] as number);
  trace?.field('sequence', at, at + 1);
  addSharedStatus(message, status);
  const other = status & ~0x17f;
  if (other !== 0) addSignal(message, 'astra-telematics.status.other', other);
  const statusFrom = at + layout.statusAt - (layout.hasExtra ? 1 : 0);
  trace?.field('status', statusFrom, at + layout.statusAt + 1, { raw: status, part: ['fix.valid', 'stored'] });
  addFields(layout.tail, message, bytes, at + TAIL_AT, end, trace);
  if (signal !== null) addSignal(message, 'device.gsm.signal', ((signal >>> 4) * 100) / 15);
  if (layout.signalAt !== null)
    trace?.field('signal', at + layout.signalAt, at + layout.signalAt + 1, { part: 'fix.satellites', meaning: SIGNAL });
  if (end - at > layout.bytes) addFields(EXTRA, message, bytes, at + layout.bytes, end, trace);
  addCompactReasons(layout, message, bytes, at, trace);
  return message;
}

const SIGNAL = 'High half: mobile signal; low half: satellites';

function addCompactReasons(layout: CompactLayout, message: Message, bytes: Uint8Array, at: number, trace: Trace | null): void {
  const reasonsAt = at + layout.reasonsAt;
  const reasons = layout.reasonBytes === 2 ? u16(bytes, reasonsAt) : u24(bytes, reasonsAt);
  const geofence = bytes[at + layout.geofenceAt] as number;
  if (geofence !== 0) {
    addSignal(message, 'position.geofence.index', geofence & 0x7f);
    addSignal(message, 'position.geofence.entered', geofence >>> 7);
  }
  trace?.field('geofence', at + layout.geofenceAt, at + layout.geofenceAt + 1, {
    raw: geofence,
    meaning: 'Bit 7 entered, the rest its number',
  });
  const named = trace?.field('reasons', reasonsAt, reasonsAt + layout.reasonBytes, {
    raw: reasons,
    meaning: 'What made the report',
  });
  addReasons(message, reasons, 0, { geofence, supplyV: (bytes[at + layout.supplyAt] as number) / 5 });
  trace?.conclude(named);
}

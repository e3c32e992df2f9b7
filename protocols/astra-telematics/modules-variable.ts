/**
 * Modules of variable size: beacons, raw CAN frames, debugging. Bits 44, 45 and 47 of protocol X 3.0.
 *
 *     44 X   count u8 · length u16 of the body · 4 reserved · beacon*
 *     44 Y   size u16 of all · 4 reserved · count u8 · beacon*
 *     45     size u16 of all · 4 reserved · entry*      entry: id u32 · data 8 bytes · age u8 s
 *     47     length u16 of what follows · payload type u8 · payload
 *     beacon mac 6 bytes · rssi i8 · companion u8 · last seen u16 s · kind u8 · length u8 · more
 */
import { fault } from '#errors/fault';
import type { Trace } from '#protocols/explain/trace';
import { addState } from '#model/message';
import { toHex } from '#wire/hex';
import { addJ1939, newTransportState } from '#protocols/layers/j1939/index';
import { addObdFrame, isObdAnswerId, newIsoTpState } from '#protocols/layers/obd2/index';
import { sized, type Module, type ReportState } from './module.ts';
import { u16, u32 } from './read.ts';

const BEACON_BYTES = 12;
const BEACON_HEAD = 7;
const RESERVED = 4;
const ENTRY_BYTES = 13;
/** Highest 11-bit identifier; the reader of the maker does not say how an entry marks its width. */
const STANDARD_ID = 0x7ff;
const EXTENDED_ID = 0x1fff_ffff;

function sizeOfBeacons(bytes: Uint8Array, from: number, end: number): number {
  const size = from + BEACON_HEAD <= end ? BEACON_HEAD + u16(bytes, from + 1) : Infinity;
  return from + size <= end ? size : -1;
}

function sizeOfCan(bytes: Uint8Array, from: number, end: number): number {
  const size = from + 2 <= end ? u16(bytes, from) : Infinity;
  return size >= 2 && from + size <= end ? size : -1;
}

function sizeOfDebug(bytes: Uint8Array, from: number, end: number): number {
  const size = from + 2 <= end ? 2 + u16(bytes, from) : Infinity;
  return from + size <= end ? size : -1;
}

/** Adds the beacons of `[from, end)` as `<mac>/<rssi>dBm/<age>s`, with a `+` for a companion and what more one says as hex. */
function addBeacons(report: ReportState, bytes: Uint8Array, count: number, from: number, end: number): void {
  const { message, faults, trace } = report;
  const beacons: string[] = [];
  let at = from;
  while (beacons.length < count && at + BEACON_BYTES <= end) {
    const next = at + BEACON_BYTES + (bytes[at + 11] as number);
    if (next > end) break;
    const rssi = ((bytes[at + 6] as number) << 24) >> 24;
    const more = next > at + BEACON_BYTES ? `/${bytes[at + 10]}:${toHex(bytes.subarray(at + BEACON_BYTES, next))}` : '';
    const companion = bytes[at + 7] === 1 ? '+' : '';
    beacons.push(`${toHex(bytes.subarray(at, at + 6))}/${rssi}dBm/${u16(bytes, at + 8)}s${companion}${more}`);
    if (trace !== null) nameBeacon(trace, bytes, at, next);
    at = next;
  }
  if (beacons.length < count || at !== end)
    faults.push(fault('decode_range', from, `${beacons.length} of ${count} beacons take ${at - from} of ${end - from} bytes`));
  addState(message, 'astra-telematics.beacons.list', beacons.join(','));
  trace?.concludeOpen();
}

function nameBeacon(trace: Trace, bytes: Uint8Array, at: number, end: number): void {
  const span = trace.open('beacon', at);
  trace.field('mac', at, at + 6);
  trace.field('rssi', at + 6, at + 7, { raw: ((bytes[at + 6] as number) << 24) >> 24, unit: 'dBm' });
  trace.field('companion', at + 7, at + 8, { raw: bytes[at + 7] as number, meaning: '1 is one' });
  trace.field('last seen', at + 8, at + 10, { raw: u16(bytes, at + 8), unit: 'second', meaning: 'So long ago' });
  trace.field('kind', at + 10, at + 11, { raw: bytes[at + 10] as number });
  trace.field('length', at + 11, at + 12, { raw: bytes[at + 11] as number, unit: 'byte', meaning: 'That follow' });
  trace.field('more', at + BEACON_BYTES, end);
  trace.close(span, end);
}

/**
 * Adds the frames of the vehicle's bus in `[from, end)`: OBD-II answers and J1939 groups as signals, others as
 * `<id>#<data>@<age>`.
 */
function addCan(report: ReportState, bytes: Uint8Array, from: number, end: number): void {
  const { message, faults, trace } = report;
  const entries = from + RESERVED;
  if (entries > end || (end - entries) % ENTRY_BYTES !== 0) {
    faults.push(fault('decode_range', from, `${end - entries} bytes are no whole number of CAN frames`));
    return;
  }
  trace?.field('reserved', from, entries);
  const others: string[] = [];
  const [long, answers] = [newTransportState(), newIsoTpState()];
  for (let at = entries; at < end; at += ENTRY_BYTES) {
    const id = u32(bytes, at) & EXTENDED_ID;
    const data = bytes.subarray(at + 4, at + 12);
    const isExtended = id > STANDARD_ID;
    const entry = trace?.open(`CAN frame ${canName(id)}`, at);
    trace?.field('id', at, at + 4);
    const inside = trace?.open('data', at + 4);
    let known = false;
    if (isObdAnswerId(id, isExtended)) ({ known } = addObdFrame(message, answers, id, data, trace));
    else if (isExtended) ({ known } = addJ1939(message, id, data, long, trace));
    trace?.fill(inside, at + 12, 'rest', { meaning: 'Padding, or nothing the tables know' });
    trace?.field('age', at + 12, at + ENTRY_BYTES, { raw: bytes[at + 12] as number, unit: 'second' });
    trace?.close(entry, at + ENTRY_BYTES);
    if (known) continue;
    others.push(`${canName(id)}#${toHex(data)}@${bytes[at + 12]}s`);
  }
  if (others.length > 0) addState(message, 'astra-telematics.can.frames', others.join(','));
  trace?.concludeOpen();
}

/** As candump writes it. */
function canName(id: number): string {
  return id.toString(16).padStart(id > STANDARD_ID ? 8 : 3, '0');
}

function addDebug({ message, trace }: ReportState, bytes: Uint8Array, from: number, end: number): void {
  trace?.field('length', from, from + 2, { meaning: 'Of what follows' });
  if (from + 2 < end) addState(message, 'astra-telematics.debug.payload', toHex(bytes.subarray(from + 2, end)));
  trace?.field('payload', from + 2, end, { meaning: 'Its kind, and what the device says of itself' });
}

const DEBUG: Module = { ...sized(47, 'debug', sizeOfDebug, addDebug), countBytes: 0 };

export const VARIABLE_MODULES: readonly Module[] = [
  sized(44, 'beacons', sizeOfBeacons, (report, bytes, from, end) => {
    const count = bytes[from] as number;
    report.trace?.field('count', from, from + 1, { raw: count, value: count, meaning: 'Beacons' });
    report.trace?.field('length', from + 1, from + 3, { meaning: 'Of the body' });
    report.trace?.field('reserved', from + 3, from + BEACON_HEAD);
    addBeacons(report, bytes, count, from + BEACON_HEAD, end);
  }),
  sized(45, 'can', sizeOfCan, (report, bytes, from, end) => {
    report.trace?.field('size', from, from + 2, { meaning: 'Of the module' });
    addCan(report, bytes, from + 2, end);
  }),
  DEBUG,
];

/** The same as protocol Y has them, where the count before a module is read already. */
export const VARIABLE_MODULES_Y: readonly Module[] = [
  sized(44, 'beacons', sizeOfBeacons, (report, bytes, from, end) => {
    if (from + RESERVED < end) {
      const count = bytes[from + RESERVED] as number;
      report.trace?.field('reserved', from, from + RESERVED);
      report.trace?.field('count', from + RESERVED, from + RESERVED + 1, { raw: count, value: count, meaning: 'Beacons' });
      addBeacons(report, bytes, count, from + RESERVED + 1, end);
    } else report.faults.push(fault('decode_truncated', from, `beacons in ${end - from} bytes`));
  }),
  sized(45, 'can', sizeOfCan, addCan),
  DEBUG,
];

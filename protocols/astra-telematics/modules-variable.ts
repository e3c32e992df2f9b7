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
function addBeacons({ message, faults }: ReportState, bytes: Uint8Array, count: number, from: number, end: number): void {
  const beacons: string[] = [];
  let at = from;
  while (beacons.length < count && at + BEACON_BYTES <= end) {
    const next = at + BEACON_BYTES + (bytes[at + 11] as number);
    if (next > end) break;
    const rssi = ((bytes[at + 6] as number) << 24) >> 24;
    const more = next > at + BEACON_BYTES ? `/${bytes[at + 10]}:${toHex(bytes.subarray(at + BEACON_BYTES, next))}` : '';
    const companion = bytes[at + 7] === 1 ? '+' : '';
    beacons.push(`${toHex(bytes.subarray(at, at + 6))}/${rssi}dBm/${u16(bytes, at + 8)}s${companion}${more}`);
    at = next;
  }
  if (beacons.length < count || at !== end)
    faults.push(fault('decode_range', from, `${beacons.length} of ${count} beacons take ${at - from} of ${end - from} bytes`));
  addState(message, 'astra-telematics.beacons.list', beacons.join(','));
}

/**
 * Adds the frames of the vehicle's bus in `[from, end)`: OBD-II answers and J1939 groups as signals, others as
 * `<id>#<data>@<age>`.
 */
function addCan(report: ReportState, bytes: Uint8Array, from: number, end: number): void {
  const { message, faults } = report;
  const entries = from + RESERVED;
  if (entries > end || (end - entries) % ENTRY_BYTES !== 0) {
    faults.push(fault('decode_range', from, `${end - entries} bytes are no whole number of CAN frames`));
    return;
  }
  const others: string[] = [];
  const [long, answers] = [newTransportState(), newIsoTpState()];
  for (let at = entries; at < end; at += ENTRY_BYTES) {
    const id = u32(bytes, at) & EXTENDED_ID;
    const data = bytes.subarray(at + 4, at + 12);
    const isExtended = id > STANDARD_ID;
    let known = false;
    if (isObdAnswerId(id, isExtended)) ({ known } = addObdFrame(message, answers, id, data));
    else if (isExtended) ({ known } = addJ1939(message, id, data, long));
    if (known) continue;
    const name = id.toString(16).padStart(isExtended ? 8 : 3, '0');
    others.push(`${name}#${toHex(data)}@${bytes[at + 12]}s`);
  }
  if (others.length > 0) addState(message, 'astra-telematics.can.frames', others.join(','));
}

function addDebug({ message }: ReportState, bytes: Uint8Array, from: number, end: number): void {
  if (from + 2 < end) addState(message, 'astra-telematics.debug.payload', toHex(bytes.subarray(from + 2, end)));
}

const DEBUG: Module = { ...sized(47, 'debug', sizeOfDebug, addDebug), countBytes: 0 };

export const VARIABLE_MODULES: readonly Module[] = [
  sized(44, 'beacons', sizeOfBeacons, (report, bytes, from, end) =>
    addBeacons(report, bytes, bytes[from] as number, from + BEACON_HEAD, end),
  ),
  sized(45, 'can', sizeOfCan, (report, bytes, from, end) => addCan(report, bytes, from + 2, end)),
  DEBUG,
];

/** The same as protocol Y has them, where the count before a module is read already. */
export const VARIABLE_MODULES_Y: readonly Module[] = [
  sized(44, 'beacons', sizeOfBeacons, (report, bytes, from, end) => {
    if (from + RESERVED < end) addBeacons(report, bytes, bytes[from + RESERVED] as number, from + RESERVED + 1, end);
    else report.faults.push(fault('decode_truncated', from, `beacons in ${end - from} bytes`));
  }),
  sized(45, 'can', sizeOfCan, addCan),
  DEBUG,
];

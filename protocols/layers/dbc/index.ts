/**
 * Decodes CAN frames with the tables of a fleet's own DBC file. What the mapping names comes out under the key of the
 * catalogue and in its unit; the rest keeps `dbc.<message>.<signal>` in the file's unit.
 */
import { nameBits, type Bits } from '#protocols/explain/bits';
import type { Stated, Trace } from '#protocols/explain/trace';
import { type Message, signalOf, stateOf } from '#model/message';
import { parseJ1939Id } from '../j1939/id.ts';
import { type BusReading, putSignal, putState, UNKNOWN_READING } from '../observe.ts';
import { EXTENDED, type DbcMessage, type DbcSignal, type DbcTables } from './tables.ts';

export type { DbcTables } from './tables.ts';

/** Widest raw number that a JavaScript number holds exactly. */
const EXACT_BITS = 53;

const floatView = new DataView(new ArrayBuffer(8));

function readWide(signal: DbcSignal, data: Uint8Array): number {
  let raw = 0n;
  for (const { byte, shift, bits } of signal.pieces) {
    raw = (raw << BigInt(bits)) | BigInt(((data[byte] as number) >>> shift) & (2 ** bits - 1));
  }
  if (signal.kind === 'float') {
    floatView.setBigUint64(0, raw);
    return floatView.getFloat64(0);
  }
  return Number(signal.kind === 'signed' ? BigInt.asIntN(signal.bits, raw) : raw);
}

/** Reads the raw number of a signal; `null` where the data ends before it. Above 53 bits it is the nearest number. */
function readRaw(signal: DbcSignal, data: Uint8Array): number | null {
  for (const { byte } of signal.pieces) if (byte >= data.length) return null;
  if (signal.bits > EXACT_BITS) return readWide(signal, data);
  let raw = 0;
  for (const { byte, shift, bits } of signal.pieces)
    raw = raw * 2 ** bits + (((data[byte] as number) >>> shift) & (2 ** bits - 1));
  if (signal.kind === 'float') {
    floatView.setUint32(0, raw);
    return floatView.getFloat32(0);
  }
  return signal.kind === 'signed' && raw >= 2 ** (signal.bits - 1) ? raw - 2 ** signal.bits : raw;
}

/** Tells whether the selector of a multiplexed signal, and its own selectors in turn, choose it. */
function isSelected(signals: readonly DbcSignal[], signal: DbcSignal, data: Uint8Array): boolean {
  // Every step leads to a lower index, so the way ends.
  for (let { selection } = signal; selection !== null;) {
    const selector = signals[selection.selector] as DbcSignal;
    const raw = readRaw(selector, data);
    if (raw === null || !selection.ranges.some(([from, to]) => raw >= from && raw <= to)) return false;
    ({ selection } = selector);
  }
  return true;
}

/** Adds one signal; false where the vehicle gives no value. */
function addSignalOf(message: Message, signal: DbcSignal, data: Uint8Array): boolean {
  const raw = readRaw(signal, data);
  if (raw === null || !Number.isFinite(raw) || signal.without.has(raw)) return false;
  const label = signal.labels.get(raw);
  if (label !== undefined) putState(message, signal.key, label);
  if (signal.text) return label !== undefined;
  putSignal(message, signal.key, signal.values.get(raw) ?? (raw * signal.mul) / signal.div + signal.offset);
  return true;
}

/** Finds the message a CAN id belongs to. */
function messageOf(tables: DbcTables, canId: number): DbcMessage | undefined {
  const exact = tables.byId.get(canId >>> 0);
  if (exact !== undefined || tables.byPgn.size === 0 || (canId & EXTENDED) === 0) return exact;
  return tables.byPgn.get(parseJ1939Id(canId).pgn);
}

/**
 * Adds the signals of one CAN frame. `canId` has bit 31 set where it has 29 bits. Gives `known: false`, and adds nothing, for
 * an id that the tables do not have; signals that are not multiplexed in are neither added nor counted.
 */
export function addDbc(
  message: Message,
  tables: DbcTables,
  canId: number,
  data: Uint8Array,
  trace: Trace | null = null,
): BusReading {
  const found = messageOf(tables, canId);
  if (found === undefined) return UNKNOWN_READING;
  const reading = { known: true, added: 0, unavailable: 0 };
  for (const signal of found.signals) {
    if (signal.selection !== null && !isSelected(found.signals, signal, data)) continue;
    if (addSignalOf(message, signal, data)) reading.added++;
    else reading.unavailable++;
  }
  if (trace !== null) nameSignals(trace, message, found, data);
  return reading;
}

/** The signals of a frame, after they were added to the message. */
function nameSignals(trace: Trace, message: Message, { name, signals }: DbcMessage, data: Uint8Array): void {
  const bits = signals.flatMap((signal): Bits[] => {
    const raw = readRaw(signal, data);
    if (raw === null || (signal.selection !== null && !isSelected(signals, signal, data))) return [];
    const places = signal.pieces.map(({ byte }) => byte);
    const states: Stated[] = [];
    const [number, text] = [signalOf(message, signal.key), stateOf(message, signal.key)];
    const isGiven = Number.isFinite(raw) && !signal.without.has(raw);
    if (isGiven && number !== undefined) states.push([signal.key, number]);
    if (isGiven && text !== undefined) states.push([signal.key, text]);
    const silence = isGiven ? null : 'not available';
    return [{ name: signal.name, from: Math.min(...places), end: Math.max(...places) + 1, raw, silence, states }];
  });
  nameBits(trace, data, bits, `DBC: ${name}`);
}

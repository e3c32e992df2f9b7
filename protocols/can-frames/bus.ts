/**
 * The frames of the box's buses: each goes to the layer that knows it. A fleet's DBC file comes first, then OBD-II answers by
 * their ids, then J1939 for what has 29 bits. What nobody knows is kept as hex under its id, a bounded number of ids a record.
 */
import type { Trace } from '#protocols/explain/trace';
import type { Message } from '#model/message';
import { toHex } from '#wire/hex';
import { addDbc, type DbcTables } from '../layers/dbc/index.ts';
import { addJ1939, newTransportState, type TransportState } from '../layers/j1939/index.ts';
import { addObdAnswer, addObdFrame, isObdAnswerId, newIsoTpState, type IsoTpState } from '../layers/obd2/index.ts';
import { type BusReading, putState, UNKNOWN_READING } from '../layers/observe.ts';
import type { CanFrame, ObdAnswer } from './envelope.ts';

/** Flags of SocketCAN's `can_id`. */
const EXTENDED = 0x8000_0000;
const REMOTE_OR_ERROR = 0x6000_0000;

const LAST_BUS = 15;
/** Longest data of CAN FD. */
const MAX_DATA_BYTES = 64;
const MAX_ANSWER_BYTES = 4095;
/** Ids of unknown frames that a record keeps. */
const UNKNOWN_LIMIT = 64;

interface Bus {
  isoTp: IsoTpState;
  transport: TransportState;
}

/** What is known of the vehicle while one envelope is read: pieces of long messages may lie in several of its records. */
export interface Vehicle {
  tables: DbcTables | null;
  buses: Map<number, Bus>;
}

export function newVehicle(tables: DbcTables | null): Vehicle {
  return { tables, buses: new Map() };
}

function busOf(vehicle: Vehicle, number: number): Bus {
  let bus = vehicle.buses.get(number);
  if (bus === undefined) {
    bus = { isoTp: newIsoTpState(), transport: newTransportState() };
    vehicle.buses.set(number, bus);
  }
  return bus;
}

function addFrame(message: Message, vehicle: Vehicle, { id, data, bus: number }: CanFrame, trace: Trace | null): BusReading {
  const { tables } = vehicle;
  const ours = tables === null ? UNKNOWN_READING : addDbc(message, tables, id, data, trace);
  if (ours.known) return ours;
  const extended = (id & EXTENDED) !== 0;
  const bus = busOf(vehicle, number);
  if (isObdAnswerId(id & ~EXTENDED, extended)) return addObdFrame(message, bus.isoTp, id, data, trace);
  if (!extended || tables?.j1939 === false) return UNKNOWN_READING;
  return addJ1939(message, id, data, bus.transport, trace);
}

/** Puts frames of several buses in the order of their times; without times they stay as they are. */
function inOrder(frames: readonly CanFrame[]): readonly CanFrame[] {
  return frames.every(({ offsetMs }) => offsetMs === 0) ? frames : frames.toSorted((a, b) => a.offsetMs - b.offsetMs);
}

function formatId(id: number): string {
  const digits = (id & ~EXTENDED).toString(16).toUpperCase();
  return digits.padStart((id & EXTENDED) === 0 ? 3 : 8, '0');
}

const REST = { meaning: 'Padding, or nothing the tables know' };

/** Adds what the frames of a record say. Gives what is wrong with those that can be no frames. */
export function addFrames(message: Message, vehicle: Vehicle, frames: readonly CanFrame[], trace: Trace | null): string[] {
  const wrong: string[] = [];
  let unknown = 0;
  for (const frame of inOrder(frames)) {
    if ((frame.id & REMOTE_OR_ERROR) !== 0) continue;
    if (frame.data.length > MAX_DATA_BYTES || frame.bus > LAST_BUS) {
      wrong.push(`CAN frame ${formatId(frame.id)} has ${frame.data.length} bytes on bus ${frame.bus}`);
      continue;
    }
    const span = trace?.reopen(frame.data);
    const { known } = addFrame(message, vehicle, frame, trace);
    trace?.fill(span, span?.end ?? 0, 'rest', REST);
    trace?.remark(span, `CAN id ${formatId(frame.id)}`);
    if (known || unknown >= UNKNOWN_LIMIT) continue;
    unknown++;
    const [key, value] = [`can-frames.id.${formatId(frame.id)}`, toHex(frame.data)];
    putState(message, key, value);
    trace?.say(span, [[key, value]]);
  }
  return wrong;
}

/** Adds what whole OBD-II answers say. Gives what is wrong with those that can be none. */
export function addAnswers(message: Message, answers: readonly ObdAnswer[], trace: Trace | null): string[] {
  const wrong: string[] = [];
  for (const { data } of answers) {
    if (data.length === 0 || data.length > MAX_ANSWER_BYTES) {
      wrong.push(`an OBD-II answer of ${data.length} bytes`);
      continue;
    }
    const span = trace?.reopen(data);
    const { known } = addObdAnswer(message, data, trace);
    trace?.fill(span, span?.end ?? 0, 'rest', REST);
    if (known) continue;
    const [key, value] = [`can-frames.answer.${toHex(data.subarray(0, 2)).toUpperCase()}`, toHex(data)];
    putState(message, key, value);
    trace?.say(span, [[key, value]]);
  }
  return wrong;
}

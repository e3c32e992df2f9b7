/**
 * SAE J1939 as the FMS standard uses it: frames and parameter groups into signals of the catalogue. Little-endian; what the
 * tables do not know is left to the caller, who has the bytes.
 */
import { nameBits, type Bits } from '#protocols/explain/bits';
import type { Stated, Trace } from '#protocols/explain/trace';
import { type Message, signalOf } from '#model/message';
import { type BusReading, putSignal, UNKNOWN_READING } from '../observe.ts';
import { addDm1 } from './dm1.ts';
import { PARAMETER_GROUPS, type ParameterGroup } from './groups.ts';
import { parseJ1939Id } from './id.ts';
import { rawOf, readSpn } from './spn.ts';
import {
  addAxleWeight,
  addDriverIdentification,
  addFmsVersion,
  addVehicleIdentification,
  addVehiclePosition,
} from './texts.ts';
import { nameTransport, stepTransport, type TransportState } from './transport.ts';

export { formatJ1939Id, parseJ1939Id } from './id.ts';
export { newTransportState, type TransportState } from './transport.ts';

type AddGroup = (message: Message, data: Uint8Array, trace: Trace | null) => BusReading;

/** Groups that are more than rows of a table. */
const SPECIAL_GROUPS: ReadonlyMap<number, AddGroup> = new Map([
  [64_977, addFmsVersion],
  [65_131, addDriverIdentification],
  [65_258, addAxleWeight],
  [65_260, addVehicleIdentification],
  [65_267, addVehiclePosition],
]);

const DM1 = 65_226;

/**
 * Adds what a whole parameter group says. A later reading of a key replaces an earlier one in the message. Gives
 * `known: false`, and adds nothing, for a group that no table has.
 */
export function addParameterGroup(
  message: Message,
  pgn: number,
  source: number,
  data: Uint8Array,
  trace: Trace | null = null,
): BusReading {
  if (pgn === DM1) return addDm1(message, source, data, trace);
  const special = SPECIAL_GROUPS.get(pgn);
  if (special !== undefined) return special(message, data, trace);
  const group = PARAMETER_GROUPS.get(pgn);
  if (group === undefined) return UNKNOWN_READING;
  const reading = { known: true, added: 0, unavailable: 0 };
  for (const spn of group.spns) {
    const value = readSpn(spn, data);
    if (typeof value === 'number') {
      putSignal(message, spn.key, value, spn.mul / spn.div);
      reading.added++;
    } else reading.unavailable++;
  }
  if (trace !== null) nameGroup(trace, message, group, data);
  return reading;
}

/** The parameters of a group, after they were added to the message. */
function nameGroup(trace: Trace, message: Message, { pgn, name, spns }: ParameterGroup, data: Uint8Array): void {
  const bits = spns.flatMap((spn): Bits[] => {
    const value = readSpn(spn, data);
    if (value === 'short') return [];
    const from = spn.byte - 1;
    const end = from + Math.max(1, spn.bits / 8);
    const kept = signalOf(message, spn.key);
    const states: Stated[] = value === kept ? [[spn.key, value]] : [];
    const silence = typeof value === 'string' ? value.replace('-', ' ') : value === kept ? null : 'A finer value stays';
    return [{ name: `SPN ${spn.spn}`, from, end, raw: rawOf(spn, data) ?? 0, silence, states }];
  });
  nameBits(trace, data, bits, `J1939-71: PGN ${pgn} ${name}`);
}

/**
 * Adds what one CAN frame with a 29-bit identifier says; bits of `canId` above the 29th are passed over. With a transport
 * state the pieces of long groups (VIN, driver cards, DM1 with several codes) are put together and added when the last one
 * comes; without one they are unknown.
 */
export function addJ1939(
  message: Message,
  canId: number,
  data: Uint8Array,
  transport?: TransportState,
  trace: Trace | null = null,
): BusReading {
  if (transport !== undefined) {
    const step = stepTransport(transport, canId, data);
    if (trace !== null && step.kind !== 'other') nameTransport(trace, canId, data);
    if (step.kind === 'piece') return { known: true, added: 0, unavailable: 0 };
    if (step.kind === 'whole') return addParameterGroup(message, step.group.pgn, step.group.source, step.group.data, trace);
  }
  const { pgn, source } = parseJ1939Id(canId);
  return addParameterGroup(message, pgn, source, data, trace);
}

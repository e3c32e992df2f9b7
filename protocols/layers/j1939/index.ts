/**
 * SAE J1939 as the FMS standard uses it: frames and parameter groups into signals of the catalogue. Little-endian; what the
 * tables do not know is left to the caller, who has the bytes.
 */
import type { Message } from '#model/message';
import { type BusReading, putSignal, UNKNOWN_READING } from '../observe.ts';
import { addDm1 } from './dm1.ts';
import { PARAMETER_GROUPS } from './groups.ts';
import { parseJ1939Id } from './id.ts';
import { readSpn } from './spn.ts';
import {
  addAxleWeight,
  addDriverIdentification,
  addFmsVersion,
  addVehicleIdentification,
  addVehiclePosition,
} from './texts.ts';
import { stepTransport, type TransportState } from './transport.ts';

export { formatJ1939Id, parseJ1939Id } from './id.ts';
export { newTransportState, type TransportState } from './transport.ts';

/** Groups that are more than rows of a table. */
const SPECIAL_GROUPS: ReadonlyMap<number, (message: Message, data: Uint8Array) => BusReading> = new Map([
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
export function addParameterGroup(message: Message, pgn: number, source: number, data: Uint8Array): BusReading {
  if (pgn === DM1) return addDm1(message, source, data);
  const special = SPECIAL_GROUPS.get(pgn);
  if (special !== undefined) return special(message, data);
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
  return reading;
}

/**
 * Adds what one CAN frame with a 29-bit identifier says; bits of `canId` above the 29th are passed over. With a transport
 * state the pieces of long groups (VIN, driver cards, DM1 with several codes) are put together and added when the last one
 * comes; without one they are unknown.
 */
export function addJ1939(message: Message, canId: number, data: Uint8Array, transport?: TransportState): BusReading {
  if (transport !== undefined) {
    const step = stepTransport(transport, canId, data);
    if (step.kind === 'piece') return { known: true, added: 0, unavailable: 0 };
    if (step.kind === 'whole') return addParameterGroup(message, step.group.pgn, step.group.source, step.group.data);
  }
  const { pgn, source } = parseJ1939Id(canId);
  return addParameterGroup(message, pgn, source, data);
}

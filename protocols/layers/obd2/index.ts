/**
 * OBD-II answers of a vehicle (SAE J1979 / ISO 15031-5) into signals of the catalogue: services 01, 03, 07, 09 and 0A, from
 * whole answers or from the CAN frames that carry them (ISO 15765-4). Big-endian. Freeze frames (02) and on-board test
 * results (05, 06, 08) are not read: they are not the present.
 */
import type { Trace } from '#protocols/explain/trace';
import type { Message } from '#model/message';
import { type BusReading, UNKNOWN_READING } from '../observe.ts';
import { addCurrentValues } from './current.ts';
import { type IsoTpState, nameIsoTp, stepIsoTp } from './isotp.ts';
import { addTroubleCodes } from './trouble-codes.ts';
import { addVehicleFacts } from './vehicle.ts';

export { newIsoTpState, type IsoTpState } from './isotp.ts';
export { formatTroubleCode } from './trouble-codes.ts';

/** An answer carries its service plus this. */
const ANSWER = 0x40;
const REFUSAL = 0x7f;

const SERVICES: ReadonlyMap<number, string> = new Map([
  [ANSWER + 0x01, 'Service 01: current values'],
  [ANSWER + 0x03, 'Service 03: stored trouble codes'],
  [ANSWER + 0x07, 'Service 07: pending trouble codes'],
  [ANSWER + 0x09, 'Service 09: vehicle information'],
  [ANSWER + 0x0a, 'Service 0A: permanent trouble codes'],
  [REFUSAL, 'Refusal'],
]);

/**
 * Adds what a whole answer says: service byte (`41`, `43`, `47`, `49`, `4A`) and what follows. A refusal (`7F`) is known and
 * says that something is unavailable. Gives `known: false`, and adds nothing, for services and PIDs without a table.
 */
export function addObdAnswer(message: Message, answer: Uint8Array, trace: Trace | null = null): BusReading {
  const rest = answer.subarray(1);
  const service = answer[0] ?? 0;
  if (trace !== null && answer.length > 0)
    trace.part(answer, 'service', 0, 1, {
      raw: service,
      meaning: SERVICES.get(service) ?? 'A service without a table',
      section: 'SAE J1979',
    });
  switch (service) {
    case ANSWER + 0x01:
      return addCurrentValues(message, rest, trace);
    case ANSWER + 0x03:
      return addTroubleCodes(message, 'service.dtc.list', rest, trace);
    case ANSWER + 0x07:
      return addTroubleCodes(message, 'service.dtc.pending', rest, trace);
    case ANSWER + 0x09:
      return addVehicleFacts(message, rest, trace);
    case ANSWER + 0x0a:
      return addTroubleCodes(message, 'service.dtc.permanent', rest, trace);
    case REFUSAL:
      return { known: true, added: 0, unavailable: 1 };
    default:
      return UNKNOWN_READING;
  }
}

/** Tells whether a CAN id carries answers to a tester: `7E8`..`7EF`, or with 29 bits `18DAF1xx` (any priority). */
export function isObdAnswerId(canId: number, extended: boolean): boolean {
  return extended ? (canId & 0x03ffff00) === 0x00daf100 : canId >= 0x7e8 && canId <= 0x7ef;
}

/** Adds what one CAN frame of an answer says; pieces of a long answer add nothing until the last one comes. */
export function addObdFrame(
  message: Message,
  state: IsoTpState,
  canId: number,
  data: Uint8Array,
  trace: Trace | null = null,
): BusReading {
  const answer = stepIsoTp(state, canId, data);
  if (trace !== null) nameIsoTp(trace, data);
  return answer === null ? { known: true, added: 0, unavailable: 0 } : addObdAnswer(message, answer, trace);
}

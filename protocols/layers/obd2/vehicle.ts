/**
 * Service 09, vehicle information (SAE J1979, section 6.9), as CAN carries it: `type u8 · items u8 · item[items]`. The bytes
 * here are those after the service byte `49`.
 */
import type { Trace } from '#protocols/explain/trace';
import { type Message, stateOf } from '#model/message';
import { type BusReading, putList, putState, UNKNOWN_READING } from '../observe.ts';

const VIN = 0x02;
const CALIBRATION_IDS = 0x04;
const CALIBRATION_ID_BYTES = 16;
const VIN_CHARACTERS = /^[0-9A-Z]{17}$/;

/** Reads printable ASCII without padding. */
function readText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
  return text.trim();
}

/** Adds the VIN or the calibration identifications; other types are unknown. A VIN of the wrong length is unavailable. */
export function addVehicleFacts(message: Message, answer: Uint8Array, trace: Trace | null): BusReading {
  const [type] = answer;
  const items = answer.subarray(2);
  const reading = type === VIN ? addVin(message, items) : type === CALIBRATION_IDS ? addCalibrations(message, items) : null;
  if (trace !== null) nameFacts(trace, message, answer, type === VIN ? 'device.vehicle.vin' : 'engine.calibration.id', reading);
  return reading ?? UNKNOWN_READING;
}

function addVin(message: Message, items: Uint8Array): BusReading {
  const vin = readText(items);
  if (!VIN_CHARACTERS.test(vin)) return { known: true, added: 0, unavailable: 1 };
  putState(message, 'device.vehicle.vin', vin);
  return { known: true, added: 1, unavailable: 0 };
}

function addCalibrations(message: Message, items: Uint8Array): BusReading {
  const ids: string[] = [];
  for (let at = 0; at + CALIBRATION_ID_BYTES <= items.length; at += CALIBRATION_ID_BYTES) {
    const id = readText(items.subarray(at, at + CALIBRATION_ID_BYTES)).replaceAll(',', ';');
    if (id !== '') ids.push(id);
  }
  if (ids.length === 0) return { known: true, added: 0, unavailable: 1 };
  putList(message, 'engine.calibration.id', ids);
  return { known: true, added: 1, unavailable: 0 };
}

function nameFacts(trace: Trace, message: Message, answer: Uint8Array, key: string, reading: BusReading | null): void {
  const section = 'SAE J1979: service 09';
  const end = answer.length;
  trace.part(answer, 'type', 0, Math.min(1, end), { section, states: [] });
  trace.part(answer, 'items', 1, Math.min(2, end), { section, states: [] });
  const value = stateOf(message, key);
  const meaning = reading === null ? 'A type without a table' : reading.added === 0 ? 'Not available' : null;
  const states = value === undefined || meaning !== null ? [] : [[key, value] as const];
  if (end > 2) trace.part(answer, 'text', 2, end, { section, meaning, states });
}

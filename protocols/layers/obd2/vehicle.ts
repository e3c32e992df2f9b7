/**
 * Service 09, vehicle information (SAE J1979, section 6.9), as CAN carries it: `type u8 · items u8 · item[items]`. The bytes
 * here are those after the service byte `49`.
 */
import type { Message } from '#model/message';
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
export function addVehicleFacts(message: Message, answer: Uint8Array): BusReading {
  const items = answer.subarray(2);
  if (answer[0] === VIN) {
    const vin = readText(items);
    if (!VIN_CHARACTERS.test(vin)) return { known: true, added: 0, unavailable: 1 };
    putState(message, 'device.vehicle.vin', vin);
    return { known: true, added: 1, unavailable: 0 };
  }
  if (answer[0] !== CALIBRATION_IDS) return UNKNOWN_READING;
  const ids: string[] = [];
  for (let at = 0; at + CALIBRATION_ID_BYTES <= items.length; at += CALIBRATION_ID_BYTES) {
    const id = readText(items.subarray(at, at + CALIBRATION_ID_BYTES)).replaceAll(',', ';');
    if (id !== '') ids.push(id);
  }
  if (ids.length === 0) return { known: true, added: 0, unavailable: 1 };
  putList(message, 'engine.calibration.id', ids);
  return { known: true, added: 1, unavailable: 0 };
}

/** See `Codec.readdress` and `Codec.encodeLogin`. */
import { isImei } from '#model/ident';
import type { SessionContext } from '#protocols/codec';
import { crc16Modbus } from '#wire/crc';
import { newWriter, writeU16, written } from '#wire/writer';
import { COMPACT_LAYOUTS } from './compact.ts';
import { encodeLogin } from './encode.ts';
import { isReportFrame } from './frame.ts';
import { writeImei } from './imei.ts';
import { decodeModular } from './reports.ts';

const DOLLAR = 0x24;
const COMPACT_IMEI_AT = 3;
const MODULAR_IMEI_AT = 4;
const CRC_BYTES = 2;
const LOGIN_IMEI_PLACE = 2;

/** Logins name the device, and all reports but those of mode 6. */
export function readdress(frame: Uint8Array, ident: string, context: SessionContext): Uint8Array | null {
  if (frame[0] === DOLLAR) return isImei(ident) ? readdressLogin(frame, ident) : null;
  const at = imeiPlace(frame, context);
  if (at === null) return frame;
  if (!isImei(ident)) return null;
  const changed = frame.slice();
  const imei = newWriter(8);
  writeImei(imei, ident);
  changed.set(written(imei), at);
  const crc = newWriter(CRC_BYTES);
  writeU16(crc, crc16Modbus(changed, 0, changed.length - CRC_BYTES));
  changed.set(written(crc), changed.length - CRC_BYTES);
  return changed;
}

function imeiPlace(frame: Uint8Array, context: SessionContext): number | null {
  if (!isReportFrame(frame)) return null;
  if (COMPACT_LAYOUTS.has(String.fromCharCode(frame[0] as number))) return COMPACT_IMEI_AT;
  return (decodeModular(frame, context, null)?.imei ?? null) === null ? null : MODULAR_IMEI_AT;
}

function readdressLogin(frame: Uint8Array, ident: string): Uint8Array {
  const fields = String.fromCharCode(...frame).split(';');
  fields[LOGIN_IMEI_PLACE] = ident;
  const line = fields.join(';');
  return Uint8Array.from(line, (character) => character.charCodeAt(0));
}

/** The login of mode 6. What it says besides the device is empty, but for the protocol that the frames behind it follow. */
export function loginOf({ ident, dialect }: SessionContext): Uint8Array | null {
  if (ident === null || !isImei(ident)) return null;
  const protocol = dialect === 'Y' || dialect === 'Z' ? dialect : 'X';
  return encodeLogin({ imei: ident, model: '', firmware: '', protocol, hardware: '' });
}

/**
 * The login of TCP mode 6, a line of ASCII:
 *
 *     $ASTRA;<model>;<imei>;<vin>;<firmware>;<protocol letter>;<hardware revision>[;<settings checksum>]\r\n
 *
 * Source: the maker's reader of protocol X 3.0. The frames after it carry no IMEI; which of protocols X, Y and Z their modules
 * follow is said here alone.
 */
import { emptyDecoded, type Decoded } from '#protocols/codec';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { isImei } from '#model/ident';
import { addState, emptyMessage } from '#model/message';
import { printable } from '#wire/text';
import type { Key } from './fields.ts';

const MARK = '$ASTRA;';
/** Longest login: the fields of a real one take about 90 bytes. */
const MAX_LOGIN_BYTES = 256;
const LINE_END_BYTES = 2;
const SECTION = 'reader of protocol X 3.0: login';
const CR = 0x0d;
const LF = 0x0a;

/** Offset after the login line at `at`; -1 where no login is there, 0 where the bytes before `to` cannot say. */
export function endOfLogin(bytes: Uint8Array, at: number, to: number): number {
  const limit = Math.min(to, at + MAX_LOGIN_BYTES);
  for (let i = at; i < limit; i++) {
    const byte = bytes[i] as number;
    const offset = i - at;
    if (offset < MARK.length) {
      if (byte !== MARK.charCodeAt(offset)) return -1;
    } else if (byte === CR) {
      if (i + 1 >= to) return 0;
      return bytes[i + 1] === LF ? i + 2 : -1;
    } else if (byte < 0x20 || byte > 0x7e) return -1;
  }
  return limit - at === MAX_LOGIN_BYTES ? -1 : 0;
}

/** Fields of the line by their place, and the state each becomes. */
const FIELDS: readonly (readonly [name: string, key: Key | null])[] = [
  ['mark', null],
  ['model', 'device.hardware.model'],
  ['imei', null],
  ['vin', 'device.vehicle.vin'],
  ['firmware', 'device.firmware.version'],
  ['protocol', null],
  ['hardware', 'astra-telematics.login.hardware'],
  ['settings', 'astra-telematics.login.settings'],
];
const IMEI_PLACE = 2;
const PROTOCOL_PLACE = 5;
const MIN_FIELDS = 7;

/** Protocols whose frames a login announces, and the dialect of the session after it. */
const DIALECTS: ReadonlySet<string> = new Set(['X', 'Y', 'Z']);

/**
 * Decodes a login. Faults: `session_login_invalid` for a line that names no possible device, `decode_unsupported` for a
 * protocol letter other than X, Y and Z.
 */
export function decodeLogin(frame: Uint8Array, acknowledge: Uint8Array, trace: Trace | null): Decoded {
  const decoded = emptyDecoded('login');
  const line = endOfLogin(frame, 0, frame.length) === frame.length ? printable(frame, 0, frame.length - LINE_END_BYTES) : null;
  const fields = line?.split(';') ?? [];
  const imei = fields[IMEI_PLACE] ?? '';
  if (fields.length < MIN_FIELDS || !isImei(imei)) {
    const what =
      fields.length < MIN_FIELDS ? `has ${fields.length} fields of ${MIN_FIELDS}` : `names "${imei}", which is no IMEI`;
    decoded.faults.push(fault('session_login_invalid', 0, `the login ${what}`));
    return decoded;
  }
  decoded.ident = imei;
  decoded.reply = acknowledge;
  const letter = (fields[PROTOCOL_PLACE] as string).trim();
  if (DIALECTS.has(letter)) decoded.dialect = letter;
  else decoded.faults.push(fault('decode_unsupported', 0, `the login announces protocol "${letter}"`));
  const message = emptyMessage(frame);
  trace?.follow(message);
  let at = 0;
  for (const [place, field] of fields.entries()) {
    const [name, key] = FIELDS[place] ?? ['more', null];
    const value = field.trim();
    if (key !== null && value !== '') addState(message, key, value);
    // With the semicolon behind it.
    const end = Math.min(at + field.length + 1, frame.length - LINE_END_BYTES);
    trace?.field(name, at, end, { value, section: SECTION });
    at = end;
  }
  trace?.field('line end', at, frame.length, { section: SECTION });
  decoded.messages.push(message);
  return decoded;
}

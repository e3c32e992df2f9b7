/**
 * Decodes one frame, login or reports, as `split` found it or a datagram brought it.
 *
 * The acknowledgement of everything is one byte, 06. It leaves for a frame with faults too, unless no device is named in it:
 * such a frame will not decode better when it is sent again.
 */
import { emptyDecoded, type Acknowledgement, type Decoded, type SessionContext } from '#protocols/codec';
import type { Trace } from '#protocols/explain/trace';
import { fault } from '#errors/fault';
import { COMPACT_LAYOUTS, decodeCompact } from './compact.ts';
import { nameEnvelope, nameImei } from './explain.ts';
import { addsUp, isReportFrame, wrongChecksum } from './frame.ts';
import { readImei } from './imei.ts';
import { decodeLogin } from './login.ts';
import type { Layout } from './layouts.ts';
import { decodeModular, readingOf } from './reports.ts';

const ACKNOWLEDGE = 0x06;
const DOLLAR = 0x24;
const IMEI_AT = 3;
const CRC_BYTES = 2;

function acknowledgement(): Uint8Array {
  return Uint8Array.of(ACKNOWLEDGE);
}

/** Whether `split` has already looked at the checksum. */
function isStream({ transport }: SessionContext): boolean {
  return transport === 'tcp' || transport === 'tls';
}

/** See `Codec.decode`. */
export function decode(frame: Uint8Array, context: SessionContext, trace: Trace | null): Decoded {
  if (frame[0] === DOLLAR) return decodeLogin(frame, acknowledgement(), trace);
  const decoded = emptyDecoded('data');
  if (!isReportFrame(frame)) {
    decoded.faults.push(fault('decode_truncated', 0, `${frame.length} bytes are no frame`));
    return decoded;
  }
  if (trace !== null) nameEnvelope(trace, wrongChecksum(frame, 0, frame.length));
  const wrong = isStream(context) ? null : wrongChecksum(frame, 0, frame.length);
  if (wrong !== null) {
    decoded.faults.push(fault('wire_crc', frame.length - CRC_BYTES, wrong));
    return decoded;
  }
  const letter = String.fromCharCode(frame[0] as number);
  const layout = COMPACT_LAYOUTS.get(letter);
  if (layout === undefined) return decodeModularFrame(frame, context, decoded, trace);
  decoded.ident = readImei(frame, IMEI_AT);
  if (trace !== null) nameImei(trace, IMEI_AT, decoded.ident);
  if (decoded.ident === null) {
    decoded.faults.push(fault('session_login_invalid', IMEI_AT, 'the frame names no possible IMEI'));
    return decoded;
  }
  decoded.reply = acknowledgement();
  decodeCompact(layout, frame, decoded, trace);
  return decoded;
}

function decodeModularFrame(frame: Uint8Array, context: SessionContext, decoded: Decoded, trace: Trace | null): Decoded {
  const modular = decodeModular(frame, context, trace);
  if (modular === null) {
    decoded.faults.push(fault('session_login_required', 0, 'reports without an IMEI before the login'));
    return decoded;
  }
  decoded.ident = modular.imei;
  decoded.messages = modular.messages;
  decoded.faults = modular.faults;
  decoded.reply = acknowledgement();
  decoded.dialect = otherVersion(modular.layout, context);
  return decoded;
}

/** A login says X for both versions; the size of module 9 tells which one it is. */
function otherVersion({ dialect }: Layout, context: SessionContext): string | null {
  return dialect.startsWith('X') && context.dialect?.startsWith('X') === true && dialect !== context.dialect ? dialect : null;
}

/** See `Codec.acknowledge`: of reports, as far as a device is named. How they are to be read tells who speaks, and in which version. */
export function acknowledge(frame: Uint8Array, context: SessionContext): Acknowledgement | null {
  if (!isStream(context) || !isReportFrame(frame)) return null;
  let ident: string | null;
  let dialect: string | null = null;
  if (COMPACT_LAYOUTS.has(String.fromCharCode(frame[0] as number))) {
    ident = readImei(frame, IMEI_AT);
    if (ident === null) return null;
  } else {
    const reading = readingOf(frame, 0, frame.length, context);
    if (reading === null) return null;
    ident = reading.imei;
    dialect = otherVersion(reading.layout, context);
  }
  return { ident, dialect, kind: 'data', faults: [], reply: acknowledgement(), refusal: null };
}

/** See `Codec.replyToRefused`: only a range that is the device's whole frame may be acknowledged. */
export function replyToRefused(frame: Uint8Array, context: SessionContext): Uint8Array | null {
  return isReportFrame(frame) && addsUp(frame, 0, frame.length, context) ? acknowledgement() : null;
}

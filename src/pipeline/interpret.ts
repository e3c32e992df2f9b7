import type { FrameRecord } from '#model/frame-record';
import type { ErrorCode } from '#errors/codes';
import { placeOf } from '#errors/fault';
import type { DecoderRegistry } from '#protocols/registry';
import type { Decoded } from '#protocols/codec';

/** A frame's meaning, or why it has none. */
export interface Interpretation {
  /** Ident the frame is filed under; empty where no device was named. */
  ident: string;
  decoded: Decoded | null;
  quarantine: { code: ErrorCode; detail: string } | null;
}

/**
 * Decodes a record of the spool. Total: a record that was refused, that no codec of this version knows, or on which a codec
 * fails ends in quarantine, so that no frame can stop the gateway, now or after a restart.
 */
export function interpret(record: FrameRecord, decoders: DecoderRegistry): Interpretation {
  const ident = record.ident ?? '';
  if (record.fault !== null) {
    return { ident, decoded: null, quarantine: { code: record.fault, detail: record.faultDetail ?? '' } };
  }
  const decoder = decoders.get(record.protocol);
  if (decoder === undefined) {
    const detail = `this version has no codec "${record.protocol}"`;
    return { ident, decoded: null, quarantine: { code: 'decode_unsupported', detail } };
  }
  let decoded: Decoded;
  try {
    decoded = decoder.decode(record.frame, { ident: record.ident, dialect: record.dialect, transport: record.transport });
  } catch (error) {
    const detail = `codec "${decoder.name}" failed: ${error instanceof Error ? error.message : String(error)}`;
    return { ident, decoded: null, quarantine: { code: 'bug_invariant', detail } };
  }
  const fault = decoded.faults[0];
  return {
    ident: decoded.ident ?? ident,
    decoded,
    quarantine: fault === undefined ? null : { code: fault.code, detail: fault.detail + placeOf(fault) },
  };
}

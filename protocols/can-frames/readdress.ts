/** See `Codec.readdress`. */
import protobuf from 'protobufjs/minimal.js';
import { readEnvelope } from './envelope.ts';
import { frameFault, MAX_PAYLOAD_BYTES, payloadOf, wrap } from './frame.ts';

const NAME = /^[A-Za-z0-9._:-]{1,64}$/;
const SEQUENCE_AT = 8;
/** Field 1, a text. */
const IDENT_TAG = 1 * 8 + 2;

/** An envelope that names its device gets the name once more at its end: of a field that stands twice, protobuf takes the last. */
export function readdress(frame: Uint8Array, ident: string): Uint8Array | null {
  if (frameFault(frame) !== null) return frame;
  const payload = payloadOf(frame);
  if (readEnvelope(payload).ident === '') return frame;
  if (!NAME.test(ident)) return null;
  const name = protobuf.Writer.create().uint32(IDENT_TAG).string(ident).finish();
  if (payload.length + name.length > MAX_PAYLOAD_BYTES) return null;
  const longer = new Uint8Array(payload.length + name.length);
  longer.set(payload);
  longer.set(name, payload.length);
  const sequence = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(SEQUENCE_AT);
  return wrap(sequence, longer);
}

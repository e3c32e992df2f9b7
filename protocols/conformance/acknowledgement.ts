/** Holds what a codec says to a session without decoding to what its decode says. */
import { deepStrictEqual } from 'node:assert/strict';
import { ERROR_CODES } from '#errors/codes';
import type { Acknowledgement, Codec, Decoded, SessionContext } from '#protocols/codec';

/** Throws where `acknowledge` says of a frame of a stream anything else than `decode`, as far as a session looks at it. */
export function holdToDecode(codec: Codec, frame: Uint8Array, context: SessionContext, decoded: Decoded): void {
  const said = codec.acknowledge?.(frame, context) ?? null;
  if (said !== null) deepStrictEqual(toSession(said), toSession(decoded), `${codec.name}.acknowledge and its decode`);
}

function toSession({ ident, dialect, kind, faults, reply, refusal }: Acknowledgement): unknown {
  const ending = faults.filter(({ code }) => ERROR_CODES[code].scope === 'session');
  return { ident, dialect, kind, ending, reply, refusal };
}

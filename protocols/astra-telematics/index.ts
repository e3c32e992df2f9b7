/** Codec of Astra Telematics devices: protocols C, K, M, X, Y and Z. See README.md. */
import type { Codec } from '#protocols/codec';
import { acknowledge, decode, replyToRefused } from './decode.ts';
import { loginOf, readdress } from './readdress.ts';
import { MAX_FRAME_BYTES, mismatch, probe, split } from './frame.ts';

export const astraTelematics: Codec = {
  name: 'astra-telematics',
  version: 1,
  maxFrameBytes: MAX_FRAME_BYTES,
  probe,
  split,
  decode: (frame, context) => decode(frame, context, null),
  explain: decode,
  acknowledge,
  replyToRefused,
  readdress,
  encodeLogin: loginOf,
  mismatch,
};

/**
 * The Ruptela codec.
 *
 * Source: public decoders and published frames, no document of the vendor (README.md). Big-endian. Each frame waits for an ack of
 * its own that counts nothing; without it the device keeps the records and sends them again.
 */
import type { Codec } from '#protocols/codec';
import { replyTo } from './commands.ts';
import { decode } from './decode.ts';
import { readdress } from './readdress.ts';
import { COMMAND_AT, MAX_FRAME_BYTES, mismatch, PAYLOAD_AT, probe, split } from './frame.ts';

export const ruptela: Codec = {
  name: 'ruptela',
  version: 1,
  maxFrameBytes: MAX_FRAME_BYTES,
  probe,
  split,
  readdress,
  decode: (frame, context) => decode(frame, context, null),
  explain: decode,
  replyToRefused: (range) =>
    range.length > PAYLOAD_AT && probe(range, 0, range.length) === 'match' ? replyTo(range[COMMAND_AT] as number) : null,
  mismatch,
};

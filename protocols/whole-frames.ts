import type { Codec, Decoder } from './codec.ts';

/** Makes a codec of a decoder whose transport keeps messages apart: whatever a publish, or a golden, brings is one frame. */
export function wholeFrames(decoder: Decoder): Codec {
  return {
    name: decoder.name,
    version: decoder.version,
    maxFrameBytes: decoder.maxFrameBytes,
    statesHalves: decoder.statesHalves === true,
    probe: () => 'match',
    split: (_bytes, _from, to) => ({ kind: 'frame', end: to }),
    decode: (frame, context) => decoder.decode(frame, context),
    ...(decoder.admit === undefined ? {} : { admit: (frame, context) => decoder.admit?.(frame, context) ?? null }),
    replyToRefused: () => null,
  };
}

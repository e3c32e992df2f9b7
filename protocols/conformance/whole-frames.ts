import type { Codec, Decoder } from '#protocols/codec';

/** Makes a codec of a decoder, to drive it with the same kit: whatever its transport brings is one frame. */
export function wholeFrames(decoder: Decoder): Codec {
  return {
    name: decoder.name,
    version: decoder.version,
    maxFrameBytes: decoder.maxFrameBytes,
    probe: () => 'match',
    split: (_bytes, _from, to) => ({ kind: 'frame', end: to }),
    decode: (frame, context) => decoder.decode(frame, context),
    replyToRefused: () => null,
  };
}

/**
 * can-frames: our open format for programmable boxes (docs/can-frames.md). Batches of instants with a GNSS fix, raw CAN
 * frames, OBD-II answers and the box's own state, as protobuf in checked frames over TCP, UDP and MQTT.
 */
import type { Codec } from '#protocols/codec';
import { decodeFrame, type DbcProfiles } from './decode.ts';
import { readdress } from './readdress.ts';
import { MAX_FRAME_BYTES, mismatch, probe, split } from './frame.ts';

export type { DbcProfiles } from './decode.ts';

/** Makes the codec with the DBC tables of a fleet's vehicle models, by profile. */
export function canFramesCodec(profiles: DbcProfiles): Codec {
  return {
    name: 'can-frames',
    version: 1,
    maxFrameBytes: MAX_FRAME_BYTES,
    probe,
    split,
    decode: (frame, context) => decodeFrame(frame, context, profiles, null),
    explain: (frame, context, trace) => decodeFrame(frame, context, profiles, trace),
    mismatch,
    // The sender makes the CRC anew each time it sends, so that a damaged frame mends itself; and to acknowledge a sequence
    // number that may itself be damaged would let the sender forget another envelope.
    replyToRefused: () => null,
    readdress,
  };
}

/** The codec without DBC files. */
export const canFrames: Codec = canFramesCodec(new Map());

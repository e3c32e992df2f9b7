import { encodeLogin } from '../../../protocols/teltonika/encode.ts';
import type { Talk } from '../talk.ts';
import { TeltonikaFrames, type FrameOptions } from '../teltonika-frames.ts';

const ACK_BYTES = 4;

/** Teltonika over TCP: login, then frames, each acknowledged by the number of its records. */
export function teltonikaTalk(options: FrameOptions): Talk {
  const frames = new TeltonikaFrames(options);
  const { recordsPerFrame } = options;
  return {
    hello: Buffer.from(encodeLogin(frames.ident)),
    welcome: { begins: Uint8Array.of(1), bytes: 1 },
    next: () => frames.next(),
    ack(bytes, from, to) {
      if (to - from < ACK_BYTES) return 0;
      const acknowledged = bytes.readUInt32BE(from);
      if (acknowledged !== recordsPerFrame) throw new Error(`${acknowledged} records acknowledged of ${recordsPerFrame}`);
      return ACK_BYTES;
    },
  };
}

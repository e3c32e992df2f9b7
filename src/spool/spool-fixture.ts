import type { FrameRecord } from '#model/frame-record';

/** Makes a record whose frame carries a number, for tests to tell one from another. */
export function makeRecord(n: number, frameBytes = 100): FrameRecord {
  const frame = new Uint8Array(Math.max(4, frameBytes)).fill(n & 0xff);
  new DataView(frame.buffer).setUint32(0, n);
  return {
    receivedAt: 1_700_000_000_000 + n,
    transport: 'tcp',
    listener: 'canbus',
    peer: '203.0.113.9:40122',
    sessionId: '00000000000000a1',
    protocol: 'teltonika',
    codecVersion: 1,
    ident: '356307042441013',
    dialect: null,
    fault: null,
    faultDetail: null,
    frame,
  };
}

/** The number `makeRecord` put into the frame; -1 where any byte of it is not as it was made. */
export function frameOf(record: FrameRecord): number {
  const { frame } = record;
  const n = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(0);
  return frame.subarray(4).every((byte) => byte === (n & 0xff)) ? n : -1;
}

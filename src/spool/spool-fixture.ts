import type { FrameRecord } from '#model/frame-record';
import type { SpoolReader } from '../pipeline/ports.ts';
import type { Spool } from './spool.ts';

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

/** Appends a record; resolves with true when it is durable, with false when it is lost. */
export function append(spool: Spool, n: number, frameBytes?: number): Promise<boolean> {
  return new Promise((resolve) => {
    spool.append(
      makeRecord(n, frameBytes),
      () => resolve(true),
      () => resolve(false),
    );
  });
}

/** Reads until `count` records have come; gives the numbers of their frames. */
export async function readNumbers(reader: SpoolReader, count: number, most = 7): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.length < count) {
    const entries = await reader.next(Math.min(most, count - numbers.length));
    if (entries === null) break;
    for (const { record } of entries) numbers.push(frameOf(record));
  }
  return numbers;
}

/** The whole numbers from `from` to `through`. */
export function range(from: number, through: number): number[] {
  return Array.from({ length: through - from + 1 }, (_, i) => from + i);
}

/** Resolves when the spool accepts. */
export async function untilAccepting(spool: Spool): Promise<void> {
  if (spool.accepting) return;
  await new Promise<void>((resolve) => {
    const stop = spool.onAccepting(() => {
      stop();
      resolve();
    });
  });
}

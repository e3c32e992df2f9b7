/** What tests of sessions share. */
import { fault } from '#errors/fault';
import type { FrameRecord } from '#model/frame-record';
import { emptyMessage } from '#model/message';
import { emptyDecoded, type Codec } from '#protocols/codec';
import type { Journal } from './journal.ts';

/** A protocol as small as possible: 0x02, length, content, exclusive-or of the content. Content "I…" is a login. */
export const toy: Codec = {
  name: 'toy',
  version: 1,
  maxFrameBytes: 64,
  probe: (bytes, from) => (bytes[from] === 0x02 ? 'match' : 'mismatch'),
  split(bytes, from, to) {
    if (bytes[from] === 0xff) return { kind: 'idle', end: from + 1 };
    if (bytes[from] !== 0x02) return { kind: 'refused', end: from + 1, fault: fault('wire_resync', 0, 'no start mark') };
    if (to - from < 2) return { kind: 'need-more', atLeast: 2 };
    const length = bytes[from + 1] as number;
    if (to - from < length + 3) return { kind: 'need-more', atLeast: length + 3 };
    const end = from + length + 3;
    let check = 0;
    for (let i = from + 2; i < end - 1; i++) check ^= bytes[i] as number;
    return check === bytes[end - 1]
      ? { kind: 'frame', end }
      : { kind: 'refused', end, fault: fault('wire_crc', length + 2, 'check') };
  },
  decode(frame, context) {
    const text = Buffer.from(frame.subarray(2, -1)).toString();
    if (text === '!') throw new Error('planted');
    if (text.startsWith('I')) {
      return { ...emptyDecoded('login'), ident: text.slice(1), reply: Uint8Array.of(0x01), refusal: Uint8Array.of(0x00) };
    }
    if (context.ident === null) {
      return { ...emptyDecoded('data'), faults: [fault('session_login_required', 0, 'no login')] };
    }
    return { ...emptyDecoded('data'), messages: [emptyMessage(frame)], reply: frame.slice(2, -1) };
  },
  replyToRefused: () => Uint8Array.of(0xee),
};

/** Makes a frame of it. */
export function toyFrame(text: string): Uint8Array {
  const content = Buffer.from(text);
  return Uint8Array.of(
    0x02,
    content.length,
    ...content,
    content.reduce((a, b) => a ^ b, 0),
  );
}

/** A journal whose sync the test performs. */
export class ManualJournal implements Journal {
  accepting = true;
  records: FrameRecord[] = [];
  #pending: { durable: () => void; lost: () => void }[] = [];

  append(record: FrameRecord, durable: () => void, lost: () => void): void {
    this.records.push({ ...record, frame: new Uint8Array(record.frame) });
    this.#pending.push({ durable, lost });
  }

  onAccepting(): () => void {
    return () => undefined;
  }

  sync(): void {
    for (const { durable } of this.#pending.splice(0)) durable();
  }

  failSync(): void {
    for (const { lost } of this.#pending.splice(0)) lost();
  }
}

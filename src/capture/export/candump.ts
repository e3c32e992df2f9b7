/**
 * Writes the CAN frames that entries hold as candump's log files have them. Only can-frames carries frames of a bus as they
 * were: what other protocols say of a bus are values, and no frame could be made of them again.
 */
import { HEAD_BYTES, MAX_FRAME_BYTES, payloadOf, split } from '#protocols/can-frames/frame';
import { readEnvelope, type CanFrame, type CanRecord } from '#protocols/can-frames/envelope';
import type { EpochMs } from '#model/clocks';
import { toHex } from '#wire/hex';
import type { CaptureEntry } from '../entry.ts';
import { canSessionId } from '../import/can-batches.ts';
import type { TransferReport } from '../import/report.ts';
import { RecentMap } from '../import/recent-map.ts';
import { NOTHING, textBytes, type EntryWriter } from './writer.ts';

const EXTENDED = 0x8000_0000;
const REMOTE = 0x4000_0000;
const ERROR = 0x2000_0000;
const STANDARD_ID = 0x7ff;
const EXTENDED_ID = 0x1fff_ffff;
const MOST_CLASSIC_BYTES = 8;
const MARK = [0x4f, 0x44, 0x43, 0x46];
/** Sessions of which the beginning of a frame is kept. */
const MOST_SESSIONS = 256;

export class CandumpWriter implements EntryWriter {
  readonly #report: TransferReport;
  /** Bytes of sessions that end inside a frame so far. */
  readonly #begun = new RecentMap<Uint8Array>(MOST_SESSIONS);
  #number = 0;

  constructor(report: TransferReport) {
    this.#report = report;
  }

  begin(): Uint8Array {
    return NOTHING;
  }

  write(entry: CaptureEntry): Uint8Array {
    const place = `entry ${++this.#number}`;
    if (entry.direction === 'out') {
      this.#report.skip('not-sent-by-device', place);
      return NOTHING;
    }
    const begun = this.#begun.take(entry.sessionId);
    const bytes = begun === undefined ? entry.bytes : Buffer.concat([begun, entry.bytes]);
    if (entry.protocol !== null ? entry.protocol !== 'can-frames' : begun === undefined && !hasMark(bytes)) {
      this.#report.skip('not-can', place, entry.protocol ?? '');
      return NOTHING;
    }
    const { lines, rest } = this.#lines(bytes, entry, place);
    if (rest.length > 0 && rest.length < MAX_FRAME_BYTES) {
      const forgotten = this.#begun.set(entry.sessionId, rest.slice());
      if (forgotten !== undefined) this.#report.note('unfinished-frame', place, `${forgotten.length} bytes`);
    }
    if (lines !== '') this.#report.count(entry);
    return textBytes(lines);
  }

  end(): Uint8Array {
    for (const bytes of this.#begun.values()) this.#report.note('unfinished-frame', 'the end', `${bytes.length} bytes`);
    return NOTHING;
  }

  #lines(bytes: Uint8Array, entry: CaptureEntry, place: string): { lines: string; rest: Uint8Array } {
    let lines = '';
    let at = 0;
    while (at < bytes.length) {
      const found = split(bytes, at, bytes.length);
      if (found.kind === 'need-more') break;
      if (found.kind === 'refused') this.#report.skip('not-understood', place, found.fault.detail);
      if (found.kind === 'frame' && found.end - at > HEAD_BYTES)
        lines += this.#frame(bytes.subarray(at, found.end), entry, place);
      at = found.end;
    }
    return { lines, rest: bytes.subarray(at) };
  }

  #frame(frame: Uint8Array, entry: CaptureEntry, place: string): string {
    const { records, faults } = readEnvelope(payloadOf(frame));
    for (const { detail } of faults) this.#report.skip('not-understood', place, detail);
    let lines = '';
    for (const { record } of records) {
      if (record.fix !== null || record.answers.length > 0 || record.device !== null || record.events.length > 0) {
        this.#report.note('not-carried', place);
      }
      const at = record.timeMs === 0 ? entry.at : record.timeMs;
      // What was read from candump itself goes back under the names of its interfaces.
      const bus = entry.sessionId === canSessionId(entry.listener) ? entry.listener : null;
      lines += inOrder(record)
        .map((can) => line(can, at, bus))
        .join('');
    }
    return lines;
  }
}

function hasMark(bytes: Uint8Array): boolean {
  return MARK.every((byte, at) => bytes[at] === byte);
}

/** In the order of their times, where they have any. */
function inOrder({ frames }: CanRecord): CanFrame[] {
  return frames.toSorted((a, b) => a.offsetMs - b.offsetMs);
}

function line({ id, data, bus, offsetMs }: CanFrame, recordMs: EpochMs, name: string | null): string {
  const ms = Math.max(0, recordMs + offsetMs);
  const seconds = String(Math.floor(ms / 1_000)).padStart(10, '0');
  const time = `${seconds}.${String(Math.floor(ms % 1_000)).padStart(3, '0')}000`;
  return `(${time}) ${name ?? `can${bus}`} ${idText(id)}#${bodyText(id, data)}\n`;
}

function idText(id: number): string {
  // Error frames are written with their flag, and as long as an extended id.
  if ((id & ERROR) !== 0) return ((id & (EXTENDED_ID | ERROR)) >>> 0).toString(16).toUpperCase().padStart(8, '0');
  const extended = (id & EXTENDED) !== 0;
  return (id & (extended ? EXTENDED_ID : STANDARD_ID))
    .toString(16)
    .toUpperCase()
    .padStart(extended ? 8 : 3, '0');
}

function bodyText(id: number, data: Uint8Array): string {
  if ((id & REMOTE) !== 0) return 'R';
  // The flags of CAN FD are not in the protocol.
  return `${data.length > MOST_CLASSIC_BYTES ? '#0' : ''}${toHex(data).toUpperCase()}`;
}

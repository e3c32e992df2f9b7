/** Records of the spool as a fleet of Teltonika boxes fills it: no record comes twice, as in a gateway. */
import type { FrameRecord } from '#model/frame-record';
import type { SpoolEntry } from '../../src/pipeline/ports.ts';
import { teltonikaFrame } from './teltonika.ts';

const PAYLOAD_AT = 8;
const RECORDS_AT = PAYLOAD_AT + 2;
const ENVELOPE_BYTES = 15;
const START_AT = Date.UTC(2026, 5, 1);
const EVERY_MS = 5_000;

interface Sender {
  record: FrameRecord;
  view: DataView;
  at: number;
}

export class FrameStream {
  readonly recordsPerFrame: number;
  readonly #senders: Sender[];
  readonly #recordBytes: number;
  #seq = 0;

  constructor(recordsPerFrame: number, devices = 500) {
    this.recordsPerFrame = recordsPerFrame;
    this.#senders = Array.from({ length: devices }, (_, index) => senderOf(index, recordsPerFrame));
    const frameBytes = this.#senders[0]?.record.frame.length ?? 0;
    this.#recordBytes = (frameBytes - ENVELOPE_BYTES) / recordsPerFrame;
  }

  /** The next record of the spool. Its frame is written over when its sender's turn comes again. */
  next(): SpoolEntry {
    const sender = this.#senders[this.#seq % this.#senders.length] as Sender;
    this.#seq++;
    for (let i = 0; i < this.recordsPerFrame; i++) {
      sender.at += EVERY_MS;
      const place = RECORDS_AT + i * this.#recordBytes;
      sender.view.setUint32(place, Math.floor(sender.at / 0x1_0000_0000));
      sender.view.setUint32(place + 4, sender.at % 0x1_0000_0000);
    }
    return { seq: this.#seq, record: { ...sender.record, receivedAt: sender.at + 700 } };
  }
}

function senderOf(index: number, recordsPerFrame: number): Sender {
  const frame = teltonikaFrame(recordsPerFrame);
  const record: FrameRecord = {
    receivedAt: START_AT,
    transport: 'tcp',
    listener: 'trackers',
    peer: `203.0.113.${index % 250}:${40_000 + index}`,
    sessionId: index.toString(16).padStart(16, '0'),
    protocol: 'teltonika',
    codecVersion: 1,
    ident: String(356_307_042_000_000 + index * 97),
    dialect: null,
    fault: null,
    faultDetail: null,
    frame,
  };
  return { record, view: new DataView(frame.buffer, frame.byteOffset), at: START_AT + index };
}

/**
 * Takes records of a log that is read from outside, as Mercedes-Benz' Kafka topic is. Whoever consumes it hands each record over, and
 * commits its offset when the promise resolves: a record whose offset is committed is on disk.
 */
import type { Clock } from '#model/clocks';
import type { FrameRecord } from '#model/frame-record';
import { GatewayError } from '#errors/gateway-error';
import type { ErrorCode } from '#errors/codes';
import type { Decoder } from '#protocols/codec';
import type { Journal } from '../session/journal.ts';

/** Where a record stands. */
export interface RecordPlace {
  topic: string;
  partition: number;
  /** As the log writes it: offsets outgrow what a number holds exactly. */
  offset: string;
}

/** What a consumer needs. It reads no further than it likes promises to wait: that is its back-pressure. */
export interface RecordTaker {
  /**
   * Resolves when the record is durable, in the order in which records were handed over; only then may its offset be committed.
   * Waits while the spool accepts nothing. Rejects with `spool_io` where the disk refused it, and with `session_reset` where the
   * taker was closed: the record is to be read again, from the committed offset.
   */
  take(bytes: Uint8Array, place: RecordPlace): Promise<'durable'>;
}

export interface JournalTakerOptions {
  decoder: Decoder;
  /** Name in ledger, metrics and rows. */
  listener: string;
  /** Names this consumer's life in rows: 16 hex digits. */
  sessionId: string;
  /** The company whose account the log belongs to; absent where it is nobody's alone. */
  companyId?: string;
  journal: Journal;
  ledger: {
    received(listener: string, protocol: string): void;
    refused(listener: string, protocol: string, code: ErrorCode): void;
  };
  now: Clock;
}

interface Waiting {
  go: () => void;
  stop: () => void;
}

/** Takes records into the journal, verbatim. What they mean is decoded from there; a record that means nothing ends in quarantine. */
export class JournalTaker implements RecordTaker {
  readonly #options: JournalTakerOptions;
  readonly #offAccepting: () => void;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: JournalTakerOptions) {
    this.#options = options;
    this.#offAccepting = options.journal.onAccepting((accepting) => {
      if (accepting) this.#resume();
    });
  }

  take(bytes: Uint8Array, place: RecordPlace): Promise<'durable'> {
    return new Promise((resolve, reject) => {
      if (this.#closed) reject(closed(place));
      else if (this.#options.journal.accepting && this.#waiting.length === 0) this.#append(bytes, place, resolve, reject);
      else
        this.#waiting.push({
          go: () => this.#append(bytes, place, resolve, reject),
          stop: () => reject(closed(place)),
        });
    });
  }

  /** Takes nothing more: what still waits to be accepted is to be read again. What was accepted still becomes durable. */
  close(): void {
    this.#closed = true;
    this.#offAccepting();
    for (const { stop } of this.#waiting.splice(0)) stop();
  }

  #resume(): void {
    while (this.#options.journal.accepting) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next.go();
    }
  }

  #append(
    bytes: Uint8Array,
    place: RecordPlace,
    resolve: (receipt: 'durable') => void,
    reject: (error: GatewayError) => void,
  ): void {
    const { decoder, listener, sessionId, companyId, journal, ledger, now } = this.#options;
    const record: FrameRecord = {
      receivedAt: now(),
      transport: 'kafka',
      listener,
      peer: placeText(place),
      sessionId,
      protocol: decoder.name,
      codecVersion: decoder.version,
      ident: null,
      dialect: null,
      ...(companyId === undefined ? {} : { companyId }),
      fault: null,
      faultDetail: null,
      frame: bytes,
    };
    ledger.received(listener, decoder.name);
    journal.append(
      record,
      () => resolve('durable'),
      () => {
        ledger.refused(listener, decoder.name, 'spool_io');
        reject(new GatewayError('spool_io', `the record ${placeText(place)} is not durable`));
      },
    );
  }
}

function placeText({ topic, partition, offset }: RecordPlace): string {
  return `${topic}/${partition}@${offset}`;
}

function closed(place: RecordPlace): GatewayError {
  return new GatewayError('session_reset', `the record ${placeText(place)} was not taken any more`);
}

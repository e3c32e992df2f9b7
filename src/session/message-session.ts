import type { EpochMs } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import { ERROR_CODES } from '#errors/codes';
import type { Fault } from '#errors/fault';
import type { Codec, Decoded } from '#protocols/codec';
import { plainBytes } from '#wire/plain-bytes';
import { chooseCodec, chooseForDatagram } from './choose-codec.ts';
import { FrameIntake, type IntakeOptions, type Outcome } from './frame-intake.ts';

export interface MessageSessionOptions extends IntakeOptions {
  /** The codecs that may be spoken here. One is pinned; of several, the first bytes of each parcel choose. */
  codecs: readonly Codec[];
  /** Identity the transport has proven, which no frame may contradict; `null` where the frames themselves tell. */
  ident: string | null;
  /**
   * What a parcel is to its codec. `datagram`: one frame, in the form the protocol has for datagrams. `stream`: one or several
   * whole frames, in the form the protocol has for streams.
   */
  parcel: 'datagram' | 'stream';
}

/**
 * How a parcel ended. `durable` means that every frame in it is, and gives their replies in order. Of several frames that
 * ended differently, the one that keeps the parcel from being acknowledged decides.
 */
export type ParcelOutcome = Exclude<Outcome, { kind: 'durable' }> | { kind: 'durable'; replies: Uint8Array[] };

type ParcelSettle = (outcome: ParcelOutcome) => void;

/**
 * The frames of one parcel on their way, and the outcome they add up to. It is settled when the last of them is, never
 * before the parcel was read to its end.
 */
class Parcel {
  readonly #settle: ParcelSettle;
  readonly #replies: Uint8Array[] = [];
  #held: ParcelOutcome | null = null;
  /** Frames whose outcome is not known, and one for the reading of the parcel. */
  #open = 1;

  constructor(settle: ParcelSettle) {
    this.#settle = settle;
  }

  /** Begins a frame: what is given hears how it ended. */
  begin(): (outcome: Outcome) => void {
    this.#open++;
    return (outcome) => {
      if (outcome.kind !== 'durable') this.#held ??= outcome;
      else if (outcome.reply !== null) this.#replies.push(outcome.reply);
      this.end();
    };
  }

  end(): void {
    if (--this.#open === 0) this.#settle(this.#held ?? { kind: 'durable', replies: this.#replies });
  }
}

/**
 * One sender of a transport that keeps messages apart: a UDP peer, an MQTT client or topic. Each parcel, a datagram or a
 * publish, holds whole frames; they are decoded, made durable, and the parcel's outcome is told when all of them have theirs.
 * Frames, quarantine and refusals follow the same rules as on a stream. While the journal accepts nothing, parcels wait.
 */
export class MessageSession {
  readonly #options: MessageSessionOptions;
  readonly #intake: FrameIntake;
  #waiting: { bytes: Uint8Array; receivedAt: EpochMs; settle: ParcelSettle }[] = [];

  constructor(options: MessageSessionOptions) {
    this.#options = options;
    this.#intake = new FrameIntake(options, options.ident);
  }

  /** Identity of the sender, `null` before it is known. */
  get ident(): string | null {
    return this.#intake.context.ident;
  }

  /** Acks owed to the sender: receipts not yet given, and parcels that wait for the journal to accept. */
  get owed(): number {
    return this.#intake.owed + this.#waiting.length;
  }

  /** Parcels that wait for the journal to accept. Whoever reads the transport bounds them by reading no further. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Tells that so many wire faults came one after another that the sender is to be cut off. */
  get tooManyFaults(): boolean {
    return this.#intake.tooManyFaults;
  }

  /** Takes a parcel, whose bytes are only borrowed. `settle` is called exactly once, at once or later. */
  receive(parcel: Uint8Array, settle: ParcelSettle): void {
    const bytes = plainBytes(parcel);
    if (this.#options.tap?.isOpen === true) this.#intake.tell('in', this.#protocol, bytes);
    const receivedAt = this.#options.now();
    this.#intake.heard(bytes, receivedAt);
    if (!this.#options.journal.accepting || this.#waiting.length > 0)
      this.#waiting.push({ bytes: bytes.slice(), receivedAt, settle });
    else this.#take(bytes, receivedAt, settle);
  }

  /** Hears that bytes of an outcome were sent to the sender: replies or a refusal. */
  sent(bytes: Uint8Array): void {
    if (this.#options.tap?.isOpen === true) this.#intake.tell('out', this.#protocol, bytes);
  }

  /** Goes on with the parcels that wait, once the journal accepts again. */
  resume(): void {
    while (this.#options.journal.accepting) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#take(next.bytes, next.receivedAt, next.settle);
    }
  }

  /** The sender is gone: parcels that wait are forgotten, counted as refused, and will be sent again. */
  abort(code: ErrorCode): void {
    for (const { settle } of this.#waiting.splice(0)) {
      this.#intake.count(this.#protocol ?? 'unknown', code);
      settle({ kind: 'withheld', code });
    }
    this.#intake.ended(code === 'session_reset' ? null : code);
  }

  /** The codec that every parcel here has; `null` where each chooses its own. */
  get #protocol(): string | null {
    const [first, ...others] = this.#options.codecs;
    return first === undefined || others.length > 0 ? null : first.name;
  }

  #take(bytes: Uint8Array, receivedAt: EpochMs, settle: ParcelSettle): void {
    const parcel = new Parcel(settle);
    const refuse = (code: ErrorCode): void => {
      this.#intake.count('unknown', code);
      parcel.begin()({ kind: 'withheld', code });
    };
    let codec: Codec | null = null;
    try {
      codec = this.#codecOf(bytes);
      if (codec === null) refuse('wire_unknown');
      else if (this.#options.parcel === 'datagram') this.#takeDatagram(codec, bytes, receivedAt, parcel);
      else this.#takeFrames(codec, bytes, receivedAt, parcel);
    } catch (error) {
      // A codec that throws is our bug: the whole parcel goes to quarantine unacknowledged.
      if (codec === null) refuse('bug_invariant');
      else this.#intake.failed(codec, bytes, error, receivedAt, parcel.begin());
    }
    parcel.end();
  }

  #codecOf(bytes: Uint8Array): Codec | null {
    const { codecs } = this.#options;
    if (codecs.length === 1) return codecs[0] as Codec;
    if (this.#options.parcel === 'datagram') return chooseForDatagram(codecs, bytes);
    const chosen = chooseCodec(codecs, bytes, 0, bytes.length);
    return typeof chosen === 'string' ? null : chosen;
  }

  #takeDatagram(codec: Codec, bytes: Uint8Array, receivedAt: EpochMs, parcel: Parcel): void {
    let decoded = codec.decode(bytes, this.#intake.context);
    // Behind address translation another device may speak from where one spoke before: what that one was holds no longer.
    if (this.#intake.isAnother(decoded.ident)) {
      this.#intake.forget();
      decoded = codec.decode(bytes, this.#intake.context);
    }
    const broken = this.#brokenBy(decoded);
    if (broken === null) this.#intake.frame(codec, bytes, decoded, receivedAt, parcel.begin());
    else this.#intake.refused(codec, bytes, broken.code, broken.detail, receivedAt, parcel.begin());
  }

  /**
   * The fault for which a datagram is no frame at all. No split came before, so that is for the decode to find: a fault of
   * the wire, or any where neither the datagram nor the session says whose it is, since a stranger's bytes are kept sparingly.
   */
  #brokenBy({ faults, messages, ident }: Decoded): Fault | null {
    if (messages.length > 0) return null;
    const ofWire = faults.find(({ code }) => ERROR_CODES[code].ack === 'withhold' && code.startsWith('wire_'));
    if (ofWire !== undefined) return ofWire;
    const isStranger = ident === null && this.ident === null;
    const [first] = faults;
    return isStranger && first !== undefined && ERROR_CODES[first.code].scope !== 'session' ? first : null;
  }

  #takeFrames(codec: Codec, bytes: Uint8Array, receivedAt: EpochMs, parcel: Parcel): void {
    const to = bytes.length;
    let from = 0;
    while (from < to) {
      const split = codec.split(bytes, from, to, this.#intake.context);
      switch (split.kind) {
        case 'need-more': {
          const detail = `the message ends inside a frame: ${to - from} bytes of at least ${split.atLeast}`;
          this.#intake.refused(codec, bytes.subarray(from), 'wire_length', detail, receivedAt, parcel.begin());
          return;
        }
        case 'idle':
          break;
        case 'frame': {
          const frame = bytes.subarray(from, split.end);
          const { context } = this.#intake;
          const meant = codec.acknowledge?.(frame, context) ?? codec.decode(frame, context);
          let turnedAway = false;
          const settle = parcel.begin();
          this.#intake.frame(codec, frame, meant, receivedAt, (outcome) => {
            turnedAway = outcome.kind === 'turned-away';
            settle(outcome);
          });
          // What follows a frame that may not come in may not come in either.
          if (turnedAway) return;
          break;
        }
        case 'refused': {
          const { code, detail } = split.fault;
          // Each byte of garbage may cost a checksum over thousands: after so many faults the rest is one refused range, unread.
          if (this.tooManyFaults) {
            const note = `${detail}, and what follows was not looked through`;
            this.#intake.refused(codec, bytes.subarray(from), code, note, receivedAt, parcel.begin());
            return;
          }
          this.#intake.refused(codec, bytes.subarray(from, split.end), code, detail, receivedAt, parcel.begin());
          break;
        }
      }
      from = split.end;
    }
  }
}

import type { Clock, EpochMs } from '#model/clocks';
import type { FrameRecord, Transport } from '#model/frame-record';
import type { ErrorCode } from '#errors/codes';
import { ERROR_CODES } from '#errors/codes';
import type { Codec, Decoded, SessionContext } from '#protocols/codec';
import { newSession } from '#protocols/codec';
import { chooseCodec } from './choose-codec.ts';
import type { Journal } from './journal.ts';
import { Inbox } from './inbox.ts';

/** Bounds on what one connection may cost. */
export interface SessionLimits {
  /** Time a connection has to name its device, ms. */
  loginDeadlineMs: number;
  /** Time without a byte after which it is closed, ms. */
  idleTimeoutMs: number;
  /** Time a begun frame has to become whole, ms. */
  frameDeadlineMs: number;
  /** Wire faults in a row after which it is closed. */
  faultsBeforeClose: number;
  /** How often a device may send a refused frame before it is acknowledged out of quarantine, so that it can go on. */
  refusedResendsBeforeAck: number;
}

/** Counts what a session takes in and what it refuses before the spool. */
export interface SessionLedger {
  /** A frame, or a refused range of bytes, came in. */
  received(listener: string, protocol: string): void;
  /** It went no further, for this reason. */
  refused(listener: string, protocol: string, code: ErrorCode): void;
}

/** The connection as its session sees it. */
export interface Peer {
  /** Sends bytes; what is sent in one turn of the event loop should leave together. */
  send(bytes: Uint8Array): void;
  /** Ends the connection after what was sent has left. `code` is the reason, `null` for an orderly end. */
  close(code: ErrorCode | null): void;
}

export interface SessionOptions {
  id: string;
  listener: string;
  transport: Transport;
  /** Remote address and port. */
  peerName: string;
  /** The codecs this listener carries; the first bytes choose among several. */
  codecs: readonly Codec[];
  limits: SessionLimits;
  journal: Journal;
  ledger: SessionLedger;
  /** Says whether a device may come in: false refuses an unregistered one where the listener is set to. */
  admits(protocol: string, ident: string): boolean;
  now: Clock;
  peer: Peer;
}

/** Bytes of an unidentified peer's refused ranges that quarantine keeps: enough to tell what it was, too few to fill a disk. */
const STRANGER_QUARANTINE_BYTES = 1024;

/**
 * One connection of a stream transport: finds frames in its chunks, has each made durable, and sends the codec's reply when
 * the receipt says so, in the order of the frames. It stops taking bytes while the journal accepts none.
 */
export class StreamSession {
  readonly #options: SessionOptions;
  readonly #inbox = new Inbox();
  #codec: Codec | null;
  #context: SessionContext;
  #openedAt: EpochMs;
  #heardAt: EpochMs;
  /** When the first byte of the frame that is not whole yet came; `null` between frames. */
  #begunAt: EpochMs | null = null;
  #faultsInRow = 0;
  #lastRefused: Uint8Array | null = null;
  #lastRefusedCount = 0;
  #strangerQuarantined = false;
  #owed = 0;
  #peerEnded = false;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#codec = options.codecs.length === 1 ? (options.codecs[0] as Codec) : null;
    this.#context = newSession(options.transport);
    this.#openedAt = options.now();
    this.#heardAt = this.#openedAt;
  }

  /** Identity the device has claimed, `null` before its login. */
  get ident(): string | null {
    return this.#context.ident;
  }

  /** Name of the codec, `unknown` until the first bytes have chosen it. */
  get protocol(): string {
    return this.#codec?.name ?? 'unknown';
  }

  /** Receipts not yet given: acks owed to the device. */
  get owed(): number {
    return this.#owed;
  }

  /** Takes what one read of the socket gave. The chunk may be reused by the caller afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#heardAt = this.#options.now();
    this.#inbox.add(chunk);
    this.#work();
    this.#inbox.settle();
  }

  /** Goes on with bytes that were left when the journal stopped accepting. */
  resume(): void {
    if (this.#closed) return;
    this.#work();
    this.#inbox.settle();
    this.#endIfDone();
  }

  /** The peer will send no more. What is owed to it is still sent. */
  end(): void {
    this.#peerEnded = true;
    this.#endIfDone();
  }

  /** The connection is gone: nothing can be sent any more. What was journalled stays so; the device will send it again. */
  abort(): void {
    if (this.#closed) return;
    if (this.#inbox.length > 0) this.#refuse('session_reset');
    this.#close('session_reset');
  }

  /** Closes the session if a deadline has passed. */
  checkDeadlines(now: EpochMs): void {
    const { limits, journal } = this.#options;
    // While nothing is read, silence is ours, not the device's.
    if (this.#closed || !journal.accepting) return;
    if (this.#context.ident === null && now - this.#openedAt > limits.loginDeadlineMs) this.#abandon('session_login_timeout');
    else if (this.#begunAt !== null && now - this.#begunAt > limits.frameDeadlineMs) this.#abandon('session_slow_frame');
    else if (now - this.#heardAt > limits.idleTimeoutMs) this.#abandon('session_idle');
  }

  #work(): void {
    const inbox = this.#inbox;
    while (!this.#closed && inbox.length > 0 && inbox.length >= inbox.needed) {
      if (!this.#options.journal.accepting) return;
      if (!this.#step()) break;
    }
    if (inbox.length === 0) this.#begunAt = null;
    else this.#begunAt ??= this.#heardAt;
  }

  /** Handles one frame, idle byte or refused range. False when more bytes are needed. */
  #step(): boolean {
    const { bytes, from, to } = this.#inbox;
    if (this.#codec === null) {
      const chosen = chooseCodec(this.#options.codecs, bytes, from, to);
      if (chosen === 'need-more') return false;
      if (chosen === 'none') {
        this.#refuse('wire_unknown');
        this.#inbox.clear();
        this.#close('wire_unknown');
        return false;
      }
      this.#codec = chosen;
    }
    try {
      return this.#splitWith(this.#codec, bytes, from, to);
    } catch (error) {
      // A codec that throws is our bug. Its bytes go to quarantine unacknowledged, and only this connection ends.
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#spool(bytes.subarray(from, to), 'bug_invariant', detail, null);
      this.#close('bug_invariant');
      return false;
    }
  }

  #splitWith(codec: Codec, bytes: Uint8Array, from: number, to: number): boolean {
    const split = codec.split(bytes, from, to, this.#context);
    switch (split.kind) {
      case 'need-more':
        this.#inbox.needed = split.atLeast;
        return false;
      case 'idle':
        break;
      case 'frame':
        this.#takeFrame(codec, bytes.subarray(from, split.end));
        break;
      case 'refused':
        this.#takeRefused(codec, bytes.subarray(from, split.end), split.fault.code, split.fault.detail);
        break;
    }
    if (this.#closed) return false;
    this.#inbox.consume(split.end);
    this.#begunAt = null;
    return true;
  }

  #takeFrame(codec: Codec, frame: Uint8Array): void {
    const decoded = codec.decode(frame, this.#context);
    const barrier = decoded.faults.find((fault) => ERROR_CODES[fault.code].scope === 'session');
    if (barrier !== undefined) {
      this.#turnAway(decoded, barrier.code);
      return;
    }
    const ident = decoded.ident ?? this.#context.ident;
    if (ident !== null && ident !== this.#context.ident && !this.#options.admits(codec.name, ident)) {
      this.#turnAway(decoded, 'session_unknown_ident');
      return;
    }
    this.#faultsInRow = 0;
    this.#lastRefused = null;
    this.#spool(frame, null, null, decoded.reply);
    if (ident !== this.#context.ident || (decoded.dialect !== null && decoded.dialect !== this.#context.dialect)) {
      this.#context = { ...this.#context, ident, dialect: decoded.dialect ?? this.#context.dialect };
    }
  }

  /** A frame that is right in itself, from a device that may not come in. */
  #turnAway(decoded: Decoded, code: ErrorCode): void {
    this.#refuse(code);
    if (decoded.refusal !== null) this.#options.peer.send(decoded.refusal);
    this.#close(code);
  }

  #takeRefused(codec: Codec, range: Uint8Array, code: ErrorCode, detail: string): void {
    this.#faultsInRow++;
    const repeated = this.#countRepeats(range);
    const reply = repeated >= this.#options.limits.refusedResendsBeforeAck ? codec.replyToRefused(range, this.#context) : null;
    if (this.#context.ident !== null) this.#spool(range, code, detail, reply);
    else if (this.#strangerQuarantined) this.#refuse(code);
    else {
      this.#strangerQuarantined = true;
      const kept = range.subarray(0, STRANGER_QUARANTINE_BYTES);
      const note = kept.length < range.length ? ` (the first ${kept.length} of ${range.length} bytes are kept)` : '';
      this.#spool(kept, code, detail + note, null);
    }
    if (this.#faultsInRow >= this.#options.limits.faultsBeforeClose) this.#close('session_faults');
  }

  #countRepeats(range: Uint8Array): number {
    const same = this.#lastRefused !== null && Buffer.compare(this.#lastRefused, range) === 0;
    this.#lastRefusedCount = same ? this.#lastRefusedCount + 1 : 1;
    if (!same) this.#lastRefused = range.slice();
    return this.#lastRefusedCount;
  }

  #spool(frame: Uint8Array, fault: ErrorCode | null, faultDetail: string | null, reply: Uint8Array | null): void {
    const { id, listener, transport, peerName, journal, ledger } = this.#options;
    const record: FrameRecord = {
      receivedAt: this.#heardAt,
      transport,
      listener,
      peer: peerName,
      sessionId: id,
      protocol: this.protocol,
      codecVersion: this.#codec?.version ?? 0,
      ident: this.#context.ident,
      dialect: this.#context.dialect,
      fault,
      faultDetail,
      frame,
    };
    ledger.received(listener, this.protocol);
    this.#owed++;
    journal.append(
      record,
      () => {
        this.#owed--;
        if (reply !== null) this.#options.peer.send(reply);
        this.#endIfDone();
      },
      () => {
        this.#owed--;
        ledger.refused(listener, record.protocol, 'spool_io');
        // A device that is cut off sends again at once; one that is left waiting does so after its timeout.
        this.#close('spool_io');
      },
    );
  }

  #refuse(code: ErrorCode): void {
    const { ledger, listener } = this.#options;
    ledger.received(listener, this.protocol);
    ledger.refused(listener, this.protocol, code);
  }

  /** Ends a session whose device failed a deadline; a frame it had begun is counted as refused. */
  #abandon(code: ErrorCode): void {
    if (this.#inbox.length > 0) this.#refuse(code);
    this.#close(code);
  }

  #endIfDone(): void {
    if (!this.#peerEnded || this.#closed || this.#owed > 0) return;
    // Whole frames may still wait for the journal to accept again.
    if (!this.#options.journal.accepting && this.#inbox.length > 0) return;
    if (this.#inbox.length > 0) this.#refuse('session_unfinished');
    this.#close(null);
  }

  #close(code: ErrorCode | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.clear();
    this.#options.peer.close(code);
  }
}

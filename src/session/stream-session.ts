import type { EpochMs } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import type { Codec } from '#protocols/codec';
import { plainBytes } from '#wire/plain-bytes';
import { chooseCodec } from './choose-codec.ts';
import type { CommandDesk } from './command-line.ts';
import { FrameIntake, type IntakeLimits, type IntakeOptions, type Outcome } from './frame-intake.ts';
import { Inbox } from './inbox.ts';
import { StreamLine } from './stream-line.ts';

/** Bounds on what one connection may cost. */
export interface SessionLimits extends IntakeLimits {
  /** Time a connection has to name its device, ms. */
  loginDeadlineMs: number;
  /** Time without a byte after which it is closed, ms. */
  idleTimeoutMs: number;
  /** Time a begun frame has to become whole, ms. */
  frameDeadlineMs: number;
  /** Longest frame, bytes; that of the protocol where it is shorter, or where this is left out. */
  frameBytes?: number;
}

/** The connection as its session sees it. */
export interface Peer {
  /** Sends bytes; what is sent in one turn of the event loop should leave together. */
  send(bytes: Uint8Array): void;
  /** Ends the connection after what was sent has left. `code` is the reason, `null` for an orderly end. */
  close(code: ErrorCode | null): void;
}

export interface SessionOptions extends IntakeOptions {
  /** The codecs this listener carries; the first bytes choose among several. */
  codecs: readonly Codec[];
  limits: SessionLimits;
  /** Identity the transport has proven, which no frame may contradict; without it the frames themselves tell. */
  ident?: string | null;
  peer: Peer;
  /** Who sends commands to the device; nobody where it is left out. */
  commands?: CommandDesk;
}

/** Deadlines are looked at every second. Where more has passed between two looks, the clock has jumped or nothing was read, ms. */
const LONGEST_LOOK_MS = 10_000;

/** How a session ends once its last ack has left. */
interface Parting {
  code: ErrorCode | null;
  /** Said last. */
  refusal: Uint8Array | null;
  since: EpochMs;
}

/**
 * One connection of a stream transport: finds frames in its chunks, has each made durable, and sends the codec's reply when
 * the receipt says so, in the order of the frames. It stops taking bytes while the journal accepts none.
 */
export class StreamSession {
  readonly #options: SessionOptions;
  readonly #intake: FrameIntake;
  readonly #inbox = new Inbox();
  #codec: Codec | null;
  #openedAt: EpochMs;
  #heardAt: EpochMs;
  /** When the first byte of the frame that is not whole yet came; `null` between frames. */
  #begunAt: EpochMs | null = null;
  /** A frame is being worked on: its bytes are still in the inbox. */
  #working = false;
  /** When the deadlines were looked at last. */
  #checkedAt: EpochMs;
  #peerEnded = false;
  /** Nothing is taken any more. */
  #closed = false;
  /** What is left to do when the acks owed have left; `null` before the end, and when all is done. */
  #parting: Parting | null = null;
  /** The device has been told that a frame of its own is durable. */
  #welcome = false;
  /** The way of commands to the device, once it is welcome. */
  #line: StreamLine | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#codec = options.codecs.length === 1 ? (options.codecs[0] as Codec) : null;
    this.#intake = new FrameIntake(options, options.ident ?? null, () => this.#close('session_replaced'));
    this.#openedAt = options.now();
    this.#heardAt = this.#openedAt;
    this.#checkedAt = this.#openedAt;
  }

  /** Identity the device has claimed, `null` before its login. */
  get ident(): string | null {
    return this.#intake.context.ident;
  }

  /** Name of the codec, `unknown` until the first bytes have chosen it. */
  get protocol(): string {
    return this.#codec?.name ?? 'unknown';
  }

  /** Receipts not yet given: acks owed to the device. */
  get owed(): number {
    return this.#intake.owed;
  }

  /** Frames and refused ranges so far. */
  get frames(): number {
    return this.#intake.frames;
  }

  /** Takes what one read of the socket gave. The chunk may be reused by the caller afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#heardAt = this.#options.now();
    this.#intake.heard(chunk, this.#heardAt);
    if (this.#options.tap?.isOpen === true) this.#tellIn(plainBytes(chunk));
    this.#inbox.add(plainBytes(chunk));
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
    this.#part();
    if (this.#closed) return;
    if (this.#inbox.length > 0) this.#refuse('session_reset');
    this.#close('session_reset');
  }

  /**
   * Closes the session if a deadline has passed. To be called every second or so. `paced` tells that its device sends too fast, and was
   * not read for a while: that time counts for none but the login.
   */
  checkDeadlines(now: EpochMs, paced = false): void {
    const { limits, journal } = this.#options;
    const passed = now - this.#checkedAt;
    this.#checkedAt = now;
    // A disk that hangs gives no receipts, and nobody waits for ever.
    if (this.#parting !== null && now - this.#parting.since > limits.frameDeadlineMs) this.#part();
    if (this.#closed) return;
    // Time in which nothing was read is ours, not the device's, and so is what our clock has jumped: neither counts.
    const isRead = journal.accepting && !(paced && this.ident !== null);
    const ours = isRead && passed <= LONGEST_LOOK_MS ? 0 : Math.max(0, passed);
    this.#openedAt = Math.min(now, this.#openedAt + ours);
    this.#heardAt = Math.min(now, this.#heardAt + ours);
    if (this.#begunAt !== null) this.#begunAt = Math.min(now, this.#begunAt + ours);
    if (ours > 0) return;
    if (this.ident === null && now - this.#openedAt > limits.loginDeadlineMs) this.#abandon('session_login_timeout');
    else if (this.#begunAt !== null && now - this.#begunAt > limits.frameDeadlineMs) this.#abandon('session_slow_frame');
    else if (now - this.#heardAt > limits.idleTimeoutMs) this.#abandon('session_idle');
  }

  #work(): void {
    const inbox = this.#inbox;
    this.#working = true;
    while (!this.#closed && inbox.length > 0 && inbox.length >= inbox.needed) {
      if (!this.#options.journal.accepting || !this.#step()) break;
    }
    this.#working = false;
    if (inbox.length === 0) this.#begunAt = null;
    else this.#begunAt ??= this.#heardAt;
  }

  /** Handles one frame, idle byte or refused range. False when more bytes are needed. */
  #step(): boolean {
    const { bytes, from, to } = this.#inbox;
    try {
      this.#codec ??= this.#choose(bytes, from, to);
      return this.#codec !== null && this.#splitWith(this.#codec, bytes, from, to);
    } catch (error) {
      // A codec that throws is our bug. Its bytes go to quarantine unacknowledged, and only this connection ends.
      if (this.#codec === null) this.#refuse('bug_invariant');
      else this.#intake.failed(this.#codec, bytes.subarray(from, to), error, this.#heardAt, this.#settle);
      this.#close('bug_invariant');
      return false;
    }
  }

  /** Has the first bytes choose the codec; `null` while they do not tell, or where no codec knows them. */
  #choose(bytes: Uint8Array, from: number, to: number): Codec | null {
    const chosen = chooseCodec(this.#options.codecs, bytes, from, to);
    if (chosen === 'need-more') return null;
    if (chosen !== 'none') return chosen;
    this.#refuse('wire_unknown');
    this.#close('wire_unknown');
    return null;
  }

  #splitWith(codec: Codec, bytes: Uint8Array, from: number, to: number): boolean {
    const split = codec.split(bytes, from, to, this.#intake.context);
    const { frameBytes = Infinity } = this.#options.limits;
    switch (split.kind) {
      case 'need-more':
        if (split.atLeast > frameBytes) this.#refuseLong();
        else this.#inbox.needed = split.atLeast;
        return false;
      case 'idle':
        break;
      case 'frame': {
        if (split.end - from > frameBytes) {
          this.#refuseLong();
          return false;
        }
        const frame = bytes.subarray(from, split.end);
        const { context } = this.#intake;
        const meant = codec.acknowledge?.(frame, context) ?? codec.decode(frame, context);
        const settle = meant.kind === 'result' ? this.#settleAnswer : this.#settle;
        this.#intake.frame(codec, frame, meant, this.#heardAt, settle);
        break;
      }
      case 'refused': {
        const { code, detail } = split.fault;
        this.#intake.refused(codec, bytes.subarray(from, split.end), code, detail, this.#heardAt, this.#settle);
        if (this.#intake.tooManyFaults) this.#close('session_faults');
        break;
      }
    }
    if (this.#closed) return false;
    this.#inbox.consume(split.end);
    this.#begunAt = null;
    return true;
  }

  readonly #settle = (outcome: Outcome): void => {
    switch (outcome.kind) {
      case 'durable':
        this.#welcome = true;
        if (outcome.reply !== null) this.#send(outcome.reply);
        break;
      case 'withheld':
        break;
      case 'turned-away':
        this.#close(outcome.code, outcome.refusal);
        break;
      case 'lost':
        // A device that is cut off sends again at once; one that is left waiting does so after its timeout.
        this.#part();
        this.#close('spool_io');
        break;
    }
    if (this.owed === 0) this.#part();
    if (this.#welcome && this.owed === 0) this.#offerLine();
    this.#endIfDone();
  };

  readonly #settleAnswer = (outcome: Outcome): void => {
    this.#settle(outcome);
    if (outcome.kind === 'durable' && this.#line !== null) this.#options.commands?.answered(this.#line);
  };

  /**
   * Tells that no ack is owed: commands may be sent. All frames so far are durable then, the login that named the device among
   * them.
   */
  #offerLine(): void {
    const { commands, id } = this.#options;
    const { ident } = this;
    const codec = this.#codec;
    if (commands === undefined || codec?.encodeCommand === undefined || ident === null || this.#closed) return;
    if (this.#line?.ident !== ident) {
      if (this.#line !== null) commands.closed(this.#line);
      this.#line = new StreamLine(id, ident, codec, this.#intake, { send: (bytes) => this.#send(bytes) });
      commands.opened(this.#line);
    }
    this.#line.becomeIdle();
  }

  #send(bytes: Uint8Array): void {
    if (this.#options.tap?.isOpen === true) this.#intake.tell('out', this.#codec?.name ?? null, bytes);
    this.#options.peer.send(bytes);
  }

  /** What has come is told before it is worked on: with what was known before it, and ahead of any answer. */
  #tellIn(chunk: Uint8Array): void {
    this.#intake.tell('in', this.#codec?.name ?? this.#nameIn(chunk), chunk);
  }

  /** Name of the codec that a connection's first chunk will choose; `null` where it alone does not tell. */
  #nameIn(chunk: Uint8Array): string | null {
    if (this.#inbox.length > 0) return null;
    try {
      const chosen = chooseCodec(this.#options.codecs, chunk, 0, chunk.length);
      return typeof chosen === 'string' ? null : chosen.name;
    } catch {
      // A codec that throws is dealt with where its bytes are worked on.
      return null;
    }
  }

  /** A frame is longer than the listener takes: nothing that comes behind it can be told from it. */
  #refuseLong(): void {
    this.#refuse('wire_length');
    this.#close('wire_length');
  }

  #refuse(code: ErrorCode): void {
    this.#intake.count(this.protocol, code);
  }

  /** Ends a session whose device failed a deadline; a frame it had begun is counted as refused. */
  #abandon(code: ErrorCode): void {
    if (this.#inbox.length > 0) this.#refuse(code);
    this.#close(code);
  }

  #endIfDone(): void {
    if (!this.#peerEnded || this.#working || this.#closed || this.owed > 0) return;
    // Whole frames may still wait for the journal to accept again.
    if (!this.#options.journal.accepting && this.#inbox.length > 0) return;
    if (this.#inbox.length > 0) this.#refuse('session_unfinished');
    this.#close(null);
  }

  /**
   * Takes nothing more. The acks of frames that came before still leave, in their order: a device whose every packet ends in
   * something we refuse would otherwise send the same frames for ever.
   */
  #close(code: ErrorCode | null, refusal: Uint8Array | null = null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#intake.ended(code);
    if (this.#line !== null) this.#options.commands?.closed(this.#line);
    this.#inbox.clear();
    this.#parting = { code, refusal, since: this.#options.now() };
    if (code === 'spool_io' || this.owed === 0) this.#part();
  }

  /** Ends the connection, where that was only put off. */
  #part(): void {
    const parting = this.#parting;
    if (parting === null) return;
    this.#parting = null;
    if (parting.refusal !== null) this.#send(parting.refusal);
    this.#options.peer.close(parting.code);
  }
}

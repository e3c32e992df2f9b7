import type { Clock, EpochMs } from '#model/clocks';
import type { FrameRecord, Transport } from '#model/frame-record';
import type { ErrorCode } from '#errors/codes';
import { ERROR_CODES } from '#errors/codes';
import type { Acknowledgement, Codec, SessionContext } from '#protocols/codec';
import { newSession } from '#protocols/codec';
import { identKey } from '#model/tracker';
import type { Journal } from './journal.ts';
import type { Claimant, Presence, TakeoverPolicy } from './presence.ts';
import { newVisit, noteBytes, noteRefusal, type Visit, type VisitLog } from './visit.ts';
import type { SessionTap } from './tap.ts';

/** Counts what a session takes in and what it refuses before the spool. */
export interface SessionLedger {
  /** A frame, or a refused range of bytes, came in. */
  received(listener: string, protocol: string): void;
  /** It went no further, for this reason. */
  refused(listener: string, protocol: string, code: ErrorCode): void;
}

/** Bounds on what a device may get wrong. */
export interface IntakeLimits {
  /** Wire faults in a row after which the session is to end. */
  faultsBeforeClose: number;
  /** How often a device may send a refused frame before it is acknowledged out of quarantine, so that it can go on. */
  refusedResendsBeforeAck: number;
}

/** What every session is given, whatever its transport. */
export interface IntakeOptions {
  id: string;
  listener: string;
  transport: Transport;
  /** Remote address and port. */
  peerName: string;
  limits: IntakeLimits;
  journal: Journal;
  ledger: SessionLedger;
  /** How frames are to be read, where the transport tells; what frames make known, else. */
  dialect?: string | null;
  /** Says whether one more range of a sender nobody knows may be kept in quarantine; without it, one of each session is. */
  keepsStranger?(): boolean;
  /** Who remembers that the sender was here; nobody where it is left out. */
  visits?: VisitLog;
  /** Says whether an ident is on the list of those that may come in; without it, each is. */
  allows?: (ident: string) => boolean;
  /** Who knows what else is connected, and what becomes of a second connection of a device; without it, nothing. */
  takeover?: { presence: Presence; policy: TakeoverPolicy };
  /** Says whether a device may come in: false refuses an unregistered one where the listener is set to. */
  admits(protocol: string, ident: string): boolean;
  now: Clock;
  /** Who listens in; nobody where it is left out. */
  tap?: SessionTap;
}

/** How one frame ended. */
export type Outcome =
  /** It is safe. `reply` is what lets the device forget it, where the protocol has such bytes. */
  | { kind: 'durable'; reply: Uint8Array | null }
  /** It is safe in quarantine, or only counted, and the device must not hear of it: it may send it again. */
  | { kind: 'withheld'; code: ErrorCode }
  /** The device may not come in. `refusal` tells it so, where the protocol can. */
  | { kind: 'turned-away'; code: ErrorCode; refusal: Uint8Array | null }
  /** The disk refused it: no ack, and the device must send it again. */
  | { kind: 'lost' };

/** Hears how a frame ended: at once where it goes no further, otherwise when the journal has spoken. */
export type Settle = (outcome: Outcome) => void;

/** Bytes of an unidentified peer's refused ranges that quarantine keeps: enough to tell what it was, too few to fill a disk. */
const STRANGER_QUARANTINE_BYTES = 1024;

/**
 * The rules for frames that streams, datagrams and publishes have in common: who may come in, what goes to quarantine, what
 * is acknowledged and when, and the ledger. It learns who the device is from the frames that pass.
 */
export class FrameIntake {
  readonly #options: IntakeOptions;
  readonly #pinnedIdent: string | null;
  #context: SessionContext;
  /** The device that was let in. */
  #admitted: string | null = null;
  #faultsInRow = 0;
  #lastRefused: Uint8Array | null = null;
  #lastRefusedCount = 0;
  #strangerQuarantined = false;
  #owed = 0;
  #frames = 0;
  readonly #visit: Visit | null = null;
  readonly #claimant: Claimant;

  /**
   * With a `pinnedIdent` the device is known beforehand, and no frame may name another. `replaced` is called when a newer connection of
   * the device takes the place of this one.
   */
  constructor(options: IntakeOptions, pinnedIdent: string | null = null, replaced: () => void = () => undefined) {
    this.#options = options;
    this.#claimant = { listener: options.listener, peerName: options.peerName, replaced };
    this.#pinnedIdent = pinnedIdent;
    this.#context = this.#fresh();
    const { id, listener, transport, peerName, visits, now } = options;
    if (visits === undefined) return;
    this.#visit = newVisit({ sessionId: id, listener, transport, peer: peerName, openedAt: now() });
    this.#visit.ident = pinnedIdent;
    visits.opened(this.#visit);
  }

  /** Notes bytes of the sender, whole frames or not. */
  heard(bytes: Uint8Array, at: EpochMs): void {
    if (this.#visit !== null) noteBytes(this.#visit, bytes, at);
  }

  /** Notes that the sender is gone, or cut off for a reason. */
  ended(code: ErrorCode | null): void {
    if (this.#admitted !== null) this.#options.takeover?.presence.leave(this.#admitted, this.#claimant);
    const { visits, now } = this.#options;
    if (this.#visit === null || this.#visit.closedAt !== null) return;
    this.#visit.closedAt = now();
    this.#visit.code = code;
    visits?.closed(this.#visit);
  }

  /** What the frames so far have told of the device. */
  get context(): SessionContext {
    return this.#context;
  }

  /** Tells whoever listens in of bytes that have come or are sent. To be asked for only where somebody does. */
  tell(direction: 'in' | 'out', protocol: string | null, bytes: Uint8Array): void {
    const { id, transport, listener, peerName, tap } = this.#options;
    const { ident, dialect } = this.#context;
    tap?.tell(direction, { sessionId: id, transport, listener, peer: peerName, protocol, ident, dialect }, bytes);
  }

  /** Tells that a frame names another device than those before it did. */
  isAnother(ident: string | null): boolean {
    return ident !== null && this.#pinnedIdent === null && this.#context.ident !== null && ident !== this.#context.ident;
  }

  /** Begins anew, as with a device not heard before. */
  forget(): void {
    this.#context = this.#fresh();
    this.#lastRefused = null;
    this.#faultsInRow = 0;
  }

  #fresh(): SessionContext {
    const { transport, dialect = null } = this.#options;
    return { ...newSession(transport), ident: this.#pinnedIdent, dialect };
  }

  /** Receipts not yet given: acks owed to the device. */
  get owed(): number {
    return this.#owed;
  }

  /** Frames and refused ranges so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Tells that so many wire faults came one after another that the session is to end. */
  get tooManyFaults(): boolean {
    return this.#faultsInRow >= this.#options.limits.faultsBeforeClose;
  }

  /** Takes a whole frame and what it means for a session. Outcomes: all but `withheld`. */
  frame(codec: Codec, frame: Uint8Array, decoded: Acknowledgement, receivedAt: EpochMs, settle: Settle): void {
    this.#frames++;
    const barrier = this.#barrier(codec, decoded);
    if (barrier !== null) {
      this.#name(codec, decoded.ident);
      this.count(codec.name, barrier);
      settle({ kind: 'turned-away', code: barrier, refusal: decoded.refusal });
      return;
    }
    this.#faultsInRow = 0;
    this.#lastRefused = null;
    const { reply } = decoded;
    this.#journal(codec, frame, null, receivedAt, { kind: 'durable', reply }, settle);
    const { ident, dialect } = decoded;
    const { context } = this;
    if ((ident !== null && ident !== context.ident) || (dialect !== null && dialect !== context.dialect)) {
      this.#context = { ...context, ident: ident ?? context.ident, dialect: dialect ?? context.dialect };
    }
    this.#name(codec, ident);
    if (this.#visit !== null) this.#visit.frames++;
  }

  /** Takes a range that is refused for a fault of the wire. Outcomes: `durable` at the last resend, else `withheld` or `lost`. */
  refused(codec: Codec, range: Uint8Array, code: ErrorCode, detail: string, receivedAt: EpochMs, settle: Settle): void {
    this.#frames++;
    this.#faultsInRow++;
    this.#name(codec, null);
    const letGo = this.#countRepeats(range) >= this.#options.limits.refusedResendsBeforeAck;
    if (this.#context.ident !== null) {
      if (this.#visit !== null) noteRefusal(this.#visit, code, detail, receivedAt);
      const outcome: Outcome = letGo
        ? { kind: 'durable', reply: codec.replyToRefused(range, this.#context) }
        : { kind: 'withheld', code };
      this.#journal(codec, range, { code, detail }, receivedAt, outcome, settle);
      return;
    }
    if (this.#strangerQuarantined || this.#options.keepsStranger?.() === false) {
      this.count(codec.name, code);
      settle({ kind: 'withheld', code });
      return;
    }
    this.#strangerQuarantined = true;
    if (this.#visit !== null) noteRefusal(this.#visit, code, detail, receivedAt);
    const kept = range.subarray(0, STRANGER_QUARANTINE_BYTES);
    const note = kept.length < range.length ? ` (the first ${kept.length} of ${range.length} bytes are kept)` : '';
    this.#journal(codec, kept, { code, detail: detail + note }, receivedAt, { kind: 'withheld', code }, settle);
  }

  /** Puts bytes on which a codec failed in quarantine, unacknowledged. */
  failed(codec: Codec, bytes: Uint8Array, error: unknown, receivedAt: EpochMs, settle: Settle): void {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const code = 'bug_invariant';
    this.#journal(codec, bytes, { code, detail }, receivedAt, { kind: 'withheld', code }, settle);
  }

  /** Counts bytes that go no further. */
  count(protocol: string, code: ErrorCode): void {
    const { ledger, listener } = this.#options;
    ledger.received(listener, protocol);
    ledger.refused(listener, protocol, code);
    if (this.#visit !== null) noteRefusal(this.#visit, code, '', this.#options.now());
  }

  /** Notes what the sender speaks and calls itself, also one that may not come in. */
  #name(codec: Codec, ident: string | null): void {
    if (this.#visit === null) return;
    this.#visit.protocol = codec.name;
    if (ident !== null) this.#visit.ident = ident;
  }

  /** Why the device may not come in, `null` where it may. */
  #barrier(codec: Codec, decoded: Acknowledgement): ErrorCode | null {
    const fault = decoded.faults.find(({ code }) => ERROR_CODES[code].scope === 'session');
    if (fault !== undefined) return fault.code;
    const { ident } = decoded;
    const pinned = this.#pinnedIdent;
    if (pinned !== null && ident !== null && identKey(ident) !== identKey(pinned)) return 'session_foreign_ident';
    const claimed = pinned ?? ident;
    if (claimed === null || claimed === this.#admitted) return null;
    if (this.#options.allows?.(claimed) === false) return 'session_not_allowed';
    if (!this.#options.admits(codec.name, claimed)) return 'session_unknown_ident';
    if (!this.#claim(claimed)) return 'session_taken';
    this.#admitted = claimed;
    return null;
  }

  /** Says that the device is here; false where another connection of it keeps this one out. */
  #claim(ident: string): boolean {
    const { takeover } = this.#options;
    if (takeover === undefined) return true;
    if (!takeover.presence.claim(ident, this.#claimant, takeover.policy)) return false;
    if (this.#admitted !== null && identKey(this.#admitted) !== identKey(ident)) {
      takeover.presence.leave(this.#admitted, this.#claimant);
    }
    return true;
  }

  #countRepeats(range: Uint8Array): number {
    const same = this.#lastRefused !== null && Buffer.compare(this.#lastRefused, range) === 0;
    this.#lastRefusedCount = same ? this.#lastRefusedCount + 1 : 1;
    if (!same) this.#lastRefused = range.slice();
    return this.#lastRefusedCount;
  }

  #journal(
    codec: Codec,
    frame: Uint8Array,
    fault: { code: ErrorCode; detail: string } | null,
    receivedAt: EpochMs,
    whenDurable: Outcome,
    settle: Settle,
  ): void {
    const { id, listener, transport, peerName, journal, ledger } = this.#options;
    const record: FrameRecord = {
      receivedAt,
      transport,
      listener,
      peer: peerName,
      sessionId: id,
      protocol: codec.name,
      codecVersion: codec.version,
      ident: this.#context.ident,
      dialect: this.#context.dialect,
      fault: fault?.code ?? null,
      faultDetail: fault?.detail ?? null,
      frame,
    };
    ledger.received(listener, codec.name);
    this.#owed++;
    journal.append(
      record,
      () => {
        this.#owed--;
        settle(whenDurable);
      },
      () => {
        this.#owed--;
        ledger.refused(listener, codec.name, 'spool_io');
        settle({ kind: 'lost' });
      },
    );
  }
}

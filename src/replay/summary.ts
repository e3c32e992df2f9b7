import type { EpochMs } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import type { CaptureEntry } from '../capture/entry.ts';
import type { ReplayedMessage } from './messages.ts';
import { identOf, type Piece } from './piece.ts';

export interface ProtocolTotals {
  sessions: number;
  idents: number;
  frames: number;
  messages: number;
  /** Of the messages, those that were in the capture before. */
  resends: number;
  /** Of the messages, those with a fix that is to be believed. */
  positions: number;
  /** Frames with a fault. */
  faulty: number;
}

export interface IdentTotals {
  protocol: string;
  frames: number;
  messages: number;
  firstAt: EpochMs;
  lastAt: EpochMs;
}

export interface FaultTotals {
  frames: number;
  firstAt: EpochMs;
  sessionId: string;
  detail: string;
}

/** Idents counted by name; those beyond are counted together. */
const IDENTS = 10_000;

/** What a capture holds, in numbers. */
export class Summary {
  entries = { in: 0, out: 0 };
  bytes = { in: 0, out: 0 };
  frames = 0;
  messages = 0;
  idleBytes = 0;
  firstAt: EpochMs | null = null;
  lastAt: EpochMs | null = null;
  /** Frames of idents that are not in `idents`. */
  otherFrames = 0;
  readonly protocols = new Map<string, ProtocolTotals>();
  readonly idents = new Map<string, IdentTotals>();
  readonly faults = new Map<ErrorCode, FaultTotals>();
  readonly #sessions = new Set<string>();
  readonly #sessionProtocols = new Set<string>();

  get sessions(): number {
    return this.#sessions.size;
  }

  entry({ at, direction, bytes, sessionId, transport }: CaptureEntry): void {
    this.entries[direction]++;
    this.bytes[direction] += bytes.length;
    this.firstAt = Math.min(this.firstAt ?? at, at);
    this.lastAt = Math.max(this.lastAt ?? at, at);
    this.#sessions.add(`${transport} ${sessionId}`);
  }

  piece(piece: Piece, messages: readonly ReplayedMessage[]): void {
    if (piece.kind === 'idle') {
      this.idleBytes += piece.bytes.length;
      return;
    }
    this.frames++;
    this.messages += messages.length;
    const totals = this.#protocol(piece);
    totals.frames++;
    totals.messages += messages.length;
    for (const { message, resend } of messages) {
      if (resend) totals.resends++;
      if (message.position?.valid === true && message.position.distrust === null) totals.positions++;
    }
    const [first] = piece.faults;
    if (first !== undefined) totals.faulty++;
    for (const { code, detail } of piece.faults.slice(0, 1)) this.#fault(code, detail, piece);
    this.#ident(messages[0]?.message.ident ?? identOf(piece), piece, messages.length, totals);
  }

  #protocol({ codec, transport, sessionId }: Piece): ProtocolTotals {
    const name = codec?.name ?? 'unknown';
    let totals = this.protocols.get(name);
    if (totals === undefined) {
      totals = { sessions: 0, idents: 0, frames: 0, messages: 0, resends: 0, positions: 0, faulty: 0 };
      this.protocols.set(name, totals);
    }
    const session = `${name} ${transport} ${sessionId}`;
    if (!this.#sessionProtocols.has(session)) totals.sessions++;
    this.#sessionProtocols.add(session);
    return totals;
  }

  #fault(code: ErrorCode, detail: string, { at, sessionId }: Piece): void {
    const known = this.faults.get(code);
    if (known === undefined) this.faults.set(code, { frames: 1, firstAt: at, sessionId, detail });
    else known.frames++;
  }

  #ident(ident: string, { at, codec }: Piece, messages: number, totals: ProtocolTotals): void {
    if (ident === '') return;
    const known = this.idents.get(ident);
    if (known !== undefined) {
      known.frames++;
      known.messages += messages;
      known.firstAt = Math.min(known.firstAt, at);
      known.lastAt = Math.max(known.lastAt, at);
      return;
    }
    if (this.idents.size >= IDENTS) {
      this.otherFrames++;
      return;
    }
    totals.idents++;
    this.idents.set(ident, { protocol: codec?.name ?? 'unknown', frames: 1, messages, firstAt: at, lastAt: at });
  }
}

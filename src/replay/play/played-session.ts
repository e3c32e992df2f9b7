import type { Transport } from '#model/frame-record';
import { ERROR_CODES } from '#errors/codes';
import { newSession, type Codec, type Decoder, type SessionContext } from '#protocols/codec';
import type { CaptureEntry } from '../../capture/entry.ts';
import { identOf, type Piece } from '../piece.ts';
import type { Renaming } from '../renaming.ts';
import { SessionDecoder, type DecoderOptions } from '../session-decoder.ts';
import { isStreamLine, type Line, type OpenLine } from './line.ts';
import type { PlayReport } from './play-report.ts';
import { ReplyCheck } from './reply-check.ts';
import type { PlayedTransport } from './target.ts';

export interface PlayedSessionOptions {
  decoding: DecoderOptions;
  renaming: Renaming;
  transport: PlayedTransport;
  open: OpenLine;
  /** Patience for a reply, ms. */
  ackTimeoutMs: number;
  report: PlayReport;
}

/** Entries of one session that wait to be sent; beyond them the capture is read no further. */
const QUEUE_MOST = 1_000;
/** Times a datagram is sent in all before its reply is missing. */
const DATAGRAM_TRIES = 3;

interface Queued {
  entry: CaptureEntry;
  number: number;
}

/** Bytes to be sent together, and the pieces that are whole with them. */
interface Part {
  bytes: Uint8Array;
  pieces: readonly Piece[];
}

/** One session of a capture, played as its device would: it sends nothing more while a reply is owed to it. */
export class PlayedSession {
  readonly #options: PlayedSessionOptions;
  readonly #decoder: SessionDecoder;
  readonly #captured: Transport;
  readonly #check: ReplyCheck;
  readonly #sessionId: string;
  readonly #queue: Queued[] = [];
  readonly #done: Promise<void>;
  #line: Line | null = null;
  #ident = '';
  /** Chunks that wait until it is known whether a login must go before them. */
  #held: Part[] | null = [];
  /** Why nothing more is sent; `null` while it is. */
  #over: string | null = null;
  #finished = false;
  #wake: (() => void) | null = null;
  #room: (() => void) | null = null;

  constructor(first: CaptureEntry, options: PlayedSessionOptions) {
    this.#options = options;
    this.#captured = first.transport;
    this.#sessionId = first.sessionId;
    this.#decoder = new SessionDecoder(options.decoding, first);
    const whose = { session: first.sessionId, ident: () => this.#ident };
    this.#check = new ReplyCheck(options.report, isStreamLine(options.transport), whose);
    this.#done = this.#run();
  }

  /** Takes the next entry. Resolves when there is room for another. */
  async enqueue(entry: CaptureEntry, number: number): Promise<void> {
    this.#queue.push({ entry, number });
    this.#wake?.();
    if (this.#queue.length < QUEUE_MOST) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  /** No entry will come any more. Resolves when all is sent, answered or given up, and the line is closed. */
  finish(): Promise<void> {
    this.#finished = true;
    this.#wake?.();
    return this.#done;
  }

  /** Sends nothing more. */
  abandon(): void {
    this.#over ??= 'stopped';
    this.#check.end();
    this.#finished = true;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    const { report } = this.#options;
    for (;;) {
      const next = this.#queue.shift();
      this.#room?.();
      this.#room = null;
      if (next === undefined) {
        if (this.#finished) break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      if (this.#over === null) await this.#play(next);
      else report.unsent++;
    }
    if (this.#over === null) await this.#sendAll(this.#partsOf(null, this.#decoder.end()));
    if (this.#over === null) await this.#release([]);
    await this.#settle();
    await this.#line?.close();
  }

  async #play({ entry, number }: Queued): Promise<void> {
    const { report } = this.#options;
    const pieces = this.#decoder.take(entry, number);
    await this.#sendAll(this.#partsOf(entry, pieces));
    if (this.#over === null) report.entries++;
    else report.unsent++;
  }

  /** As it was captured where that is of use there, otherwise frame by frame. */
  #partsOf(entry: CaptureEntry | null, pieces: readonly Piece[]): Part[] {
    if (this.#isVerbatim) return entry === null ? [] : [{ bytes: entry.bytes, pieces }];
    const isStream = isStreamLine(this.#options.transport);
    const sent = pieces.filter(({ kind }) => isStream || (kind !== 'idle' && kind !== 'incomplete'));
    return sent.map((piece) => ({ bytes: this.#readdressed(piece), pieces: [piece] }));
  }

  get #isVerbatim(): boolean {
    return this.#options.renaming.isEmpty && kindOf(this.#captured) === kindOf(this.#options.transport);
  }

  #readdressed({ codec, bytes, context, kind, decoded }: Piece): Uint8Array {
    const { renaming } = this.#options;
    const ident = identOf({ decoded, context });
    const name = renaming.of(ident);
    if (ident === '' || name === ident || kind === 'idle' || kind === 'refused' || kind === 'incomplete') return bytes;
    const frame = (codec as Codec | null)?.readdress?.(bytes, name, context) ?? null;
    if (frame !== null) return frame;
    if (decoded?.ident !== null) this.#leaveOut(`${codec?.name ?? 'its protocol'} cannot name "${name}"`);
    return bytes;
  }

  async #sendAll(parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      if (this.#over !== null) return;
      if (this.#held === null) await this.#send(part);
      else await this.#hold(part);
    }
  }

  /** Waits for the first piece: it tells whose the session is, and whether a login is missing before it. */
  async #hold(part: Part): Promise<void> {
    this.#held?.push(part);
    const first = part.pieces.find(({ kind }) => kind !== 'idle');
    if (first !== undefined) await this.#release([first]);
  }

  async #release([first]: readonly Piece[]): Promise<void> {
    const held = this.#held ?? [];
    this.#held = null;
    if (held.length === 0) return;
    const { codec = null, context = newSession(this.#captured) } = first ?? {};
    const known = first === undefined ? (this.#decoder.context.ident ?? '') : identOf(first);
    this.#ident = this.#options.renaming.of(known);
    const objection = this.#objectionTo(codec);
    if (objection !== null) {
      this.#leaveOut(objection);
      return;
    }
    if (!(await this.#connect(codec?.name ?? null))) return;
    if (first !== undefined) await this.#logIn(first, { ...context, ident: this.#ident === '' ? null : this.#ident });
    for (const part of held) if (this.#over === null) await this.#send(part);
  }

  /** Why this session cannot be played there; `null` where it can. */
  #objectionTo(codec: Decoder | null): string | null {
    const { transport } = this.#options;
    if (this.#isVerbatim) return transport === 'mqtt' && this.#ident === '' ? 'nothing says who the device is' : null;
    if (this.#captured === 'http' || transport === 'http') return 'what a cloud pushes, and nothing else, can be posted';
    if (codec === null) return 'its protocol is not known';
    const isDatagram = this.#captured === 'udp' || transport === 'udp';
    if (
      isDatagram &&
      kindOf(this.#captured) !== kindOf(transport) &&
      'probeDatagram' in codec &&
      codec.probeDatagram !== undefined
    ) {
      return `${codec.name} has another form over UDP`;
    }
    return transport === 'mqtt' && this.#ident === '' ? 'nothing says who the device is' : null;
  }

  async #connect(protocol: string | null): Promise<boolean> {
    try {
      this.#line = await this.#options.open(
        { ident: this.#ident === '' ? null : this.#ident, protocol },
        {
          heard: (bytes) => this.#check.heard(bytes),
          acknowledged: () => this.#check.acknowledged(),
          refused: (why) => this.#check.refused(why),
          ended: (why) => {
            this.#check.end();
            if (!this.#finished || this.#queue.length > 0 || !this.#check.isSettled) this.#stop('cut off', why);
          },
        },
      );
      this.#options.report.sessions++;
      return true;
    } catch (error) {
      this.#stop('unreachable', error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** Logs in where the first frame wants a login that is not in the capture. */
  async #logIn(first: Piece, context: SessionContext): Promise<void> {
    const { transport, report } = this.#options;
    const { codec, bytes, kind, context: before } = first;
    if (!isStreamLine(transport) || codec === null || kind === 'refused' || kind === 'incomplete') return;
    const stranger = codec.decode(bytes, newSession(transport));
    if (!stranger.faults.some(({ code }) => code === 'session_login_required')) return;
    const login = (codec as Codec).encodeLogin?.({ ...context, dialect: before.dialect }) ?? null;
    if (login === null) return;
    report.loginsMade++;
    const { reply } = codec.decode(login, newSession(transport));
    if (reply !== null) this.#check.expectReply(reply, first.entry);
    await this.#line?.send(login);
    await this.#settle();
  }

  async #send({ bytes, pieces }: Part): Promise<void> {
    const { report, transport } = this.#options;
    // A device does not go on before what it has sent is acknowledged.
    await this.#settle();
    if (this.#over !== null) return;
    const entry = pieces[0]?.entry ?? 0;
    for (const piece of pieces) this.#expect(piece);
    if (this.#line?.acknowledges === true) this.#check.expectAck(entry);
    report.bytes += bytes.length;
    for (let tries = 1; ; tries++) {
      try {
        await this.#line?.send(bytes);
      } catch (error) {
        this.#stop('cut off', error instanceof Error ? error.message : String(error));
        return;
      }
      if (transport !== 'udp' || tries === DATAGRAM_TRIES) return;
      if (await this.#check.settled(this.#options.ackTimeoutMs / DATAGRAM_TRIES)) return;
      report.resends++;
    }
  }

  #expect(piece: Piece): void {
    const { codec, kind, decoded, bytes, context, entry, faults } = piece;
    const { report } = this.#options;
    if (kind !== 'idle' && kind !== 'incomplete') report.frames++;
    if (codec === null || kind === 'idle' || kind === 'incomplete') return;
    if (kind === 'refused' || decoded === null) {
      const reply = 'replyToRefused' in codec ? (codec as Codec).replyToRefused(bytes, context) : null;
      if (reply !== null) this.#check.expectReply(reply, entry, true);
      return;
    }
    const { reply, refusal } = this.#repliesTo(codec, piece);
    const isRefused = faults.some(({ code }) => ERROR_CODES[code].scope === 'session');
    if (isRefused && refusal !== null) this.#check.expectReply(refusal, entry, true);
    else if (!isRefused && reply !== null) this.#check.expectReply(reply, entry);
  }

  /** What the codec says to a frame there: over another transport it may say something else. */
  #repliesTo(codec: Decoder, { bytes, context, decoded }: Piece): { reply: Uint8Array | null; refusal: Uint8Array | null } {
    const { transport } = this.#options;
    if (decoded === null || context.transport === transport) return decoded ?? { reply: null, refusal: null };
    const ident = identOf({ decoded, context });
    return codec.decode(bytes, { ...context, ident: ident === '' ? null : ident, transport });
  }

  async #settle(): Promise<void> {
    if (!(await this.#check.settled(this.#options.ackTimeoutMs))) this.#check.giveUp();
  }

  #leaveOut(why: string): void {
    if (this.#over !== null) return;
    this.#over = why;
    this.#options.report.skip(why);
  }

  #stop(kind: 'cut off' | 'unreachable', detail: string): void {
    if (this.#over !== null) return;
    this.#over = detail;
    this.#options.report.problem({ kind, session: this.#sessionId, ident: this.#ident, entry: null, detail });
  }
}

/** Transports that carry the same bytes in the same form. */
const KINDS = {
  tcp: 'stream',
  tls: 'stream',
  udp: 'datagram',
  mqtt: 'message',
  replay: 'message',
  http: 'body',
  kafka: 'message',
} as const;

function kindOf(transport: Transport): string {
  return KINDS[transport];
}

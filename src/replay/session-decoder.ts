import type { EpochMs } from '#model/clocks';
import { fault, type Fault } from '#errors/fault';
import { newSession, type Codec, type Decoded, type Decoder, type SessionContext } from '#protocols/codec';
import type { CodecRegistry, DecoderRegistry } from '#protocols/registry';
import { plainBytes } from '#wire/plain-bytes';
import type { CaptureEntry } from '../capture/entry.ts';
import { chooseCodec, chooseForDatagram } from '../session/choose-codec.ts';
import { Inbox } from '../session/inbox.ts';
import type { Piece } from './piece.ts';

export interface DecoderOptions {
  codecs: CodecRegistry;
  /** All that can decode a whole frame: the codecs, and those of what clouds push. */
  decoders: DecoderRegistry;
  /** Codec of sessions for which the capture names none; `null` has their first bytes choose. */
  protocol: Codec | null;
  /** Device of sessions that name none; `null` leaves them without. */
  ident: string | null;
  /** Dialect of sessions that name none; left out where frames have to say it. */
  dialect?: string | null;
}

/** An identity that stands in for the one a login would have given: a frame is decoded though nobody says whose it is. */
const NOBODY = '';

/** Decodes a frame in its session, also where the login it needs is not in the capture. A codec that throws is our bug: a fault. */
function decodeInSession(codec: Decoder, frame: Uint8Array, context: SessionContext): Decoded {
  const decoded = codec.decode(frame, context);
  const wantsLogin = context.ident === null && decoded.faults.some(({ code }) => code === 'session_login_required');
  return wantsLogin ? codec.decode(frame, { ...context, ident: NOBODY }) : decoded;
}

/**
 * Takes what one session sent apart, as the gateway's session does, but for show: it goes on behind faults at which a gateway
 * would close, and needs no login.
 */
export class SessionDecoder {
  readonly #options: DecoderOptions;
  readonly #inbox = new Inbox();
  #codec: Codec | null = null;
  #context: SessionContext;
  /** Bytes before those in the inbox. */
  #offset = 0;
  #last: { entry: CaptureEntry; number: number };

  constructor(options: DecoderOptions, first: CaptureEntry) {
    this.#options = options;
    this.#context = { ...newSession(first.transport), ident: options.ident, dialect: options.dialect ?? null };
    this.#last = { entry: first, number: 0 };
  }

  /** What is known of the device now. */
  get context(): SessionContext {
    return this.#context;
  }

  /** Nothing is begun that is not whole. */
  get isBetweenFrames(): boolean {
    return this.#inbox.length === 0;
  }

  /** Takes an entry that came from the device, the capture's `number`th, and gives the pieces that are whole with it. */
  take(entry: CaptureEntry, number: number): Piece[] {
    this.#last = { entry, number };
    // Between frames the capture knows better than we what the session knew: it may begin in the middle of one.
    if (this.#inbox.length === 0) this.#learn(entry);
    this.#codec ??= this.#codecOf(entry.protocol);
    const bytes = plainBytes(entry.bytes);
    const { transport } = entry;
    if (transport === 'tcp' || transport === 'tls') return this.#takeChunk(bytes);
    return transport === 'udp' ? [this.#takeDatagram(bytes)] : this.#takeMessage(bytes, entry.protocol);
  }

  /** The session has ended: gives what was begun and never became whole. */
  end(): Piece[] {
    if (this.#inbox.length === 0) return [];
    const detail = `${this.#inbox.length} bytes are left of a frame of at least ${this.#inbox.needed}`;
    return [this.#consume('incomplete', this.#inbox.to, [fault('session_unfinished', 0, detail)])];
  }

  /** The one that is named, by the capture or whoever reads it; of what clouds push, none is a codec. */
  #codecOf(name: string | null): Codec | null {
    const { codecs, decoders, protocol } = this.#options;
    if (name !== null && decoders.has(name)) return codecs.get(name) ?? null;
    return protocol;
  }

  #learn({ ident, dialect }: CaptureEntry): void {
    const { context } = this;
    if ((ident ?? context.ident) === context.ident && (dialect ?? context.dialect) === context.dialect) return;
    this.#context = { ...context, ident: ident ?? context.ident, dialect: dialect ?? context.dialect };
  }

  #takeChunk(chunk: Uint8Array): Piece[] {
    const inbox = this.#inbox;
    inbox.add(chunk);
    const pieces: Piece[] = [];
    while (inbox.length > 0 && inbox.length >= inbox.needed) {
      const piece = this.#next();
      if (piece === null) break;
      pieces.push(piece);
    }
    inbox.settle();
    return pieces;
  }

  /** What a cloud pushes is one frame; other messages hold frames as a stream does. */
  #takeMessage(message: Uint8Array, protocol: string | null): Piece[] {
    const decoder = this.#codec === null ? this.#options.decoders.get(protocol ?? '') : undefined;
    if (decoder === undefined) return this.#takeFrames(message);
    this.#inbox.add(message);
    try {
      return [this.#frame(decoder, this.#inbox.to)];
    } catch (error) {
      return [this.#consume('refused', this.#inbox.to, [bugFault(error)])];
    } finally {
      this.#inbox.clear();
    }
  }

  /** A message that holds whole frames: what is left of it at its end belongs to nothing. */
  #takeFrames(message: Uint8Array): Piece[] {
    const pieces = this.#takeChunk(message);
    const inbox = this.#inbox;
    if (inbox.length > 0) {
      const detail = `the message ends inside a frame: ${inbox.length} bytes of at least ${inbox.needed}`;
      pieces.push(this.#consume('refused', inbox.to, [fault('wire_length', 0, detail)]));
    }
    return pieces;
  }

  #next(): Piece | null {
    const inbox = this.#inbox;
    const { bytes, from, to } = inbox;
    try {
      if (this.#codec === null) {
        const chosen = chooseCodec([...this.#options.codecs.values()], bytes, from, to);
        if (chosen === 'need-more') {
          inbox.needed = to - from + 1;
          return null;
        }
        if (chosen === 'none') return this.#consume('refused', to, [NO_CODEC]);
        this.#codec = chosen;
      }
      const codec = this.#codec;
      const split = codec.split(bytes, from, to, this.#context);
      if (split.kind === 'need-more') {
        inbox.needed = split.atLeast;
        return null;
      }
      if (split.kind === 'frame') return this.#frame(codec, split.end);
      return this.#consume(split.kind, split.end, split.kind === 'refused' ? [split.fault] : []);
    } catch (error) {
      return this.#consume('refused', to, [bugFault(error)]);
    }
  }

  #frame(codec: Decoder, end: number): Piece {
    const frame = this.#inbox.bytes.slice(this.#inbox.from, end);
    const decoded = decodeInSession(codec, frame, this.#context);
    const piece = this.#consume(decoded.kind, end, decoded.faults, { decoded, frame, codec });
    this.#remember(decoded);
    return piece;
  }

  #takeDatagram(bytes: Uint8Array): Piece {
    const inbox = this.#inbox;
    inbox.add(bytes);
    const { to } = inbox;
    try {
      const codec = this.#codec ?? chooseForDatagram([...this.#options.codecs.values()], bytes);
      if (codec === null) return this.#consume('refused', to, [NO_CODEC]);
      const frame = bytes.slice();
      let decoded = decodeInSession(codec, frame, this.#context);
      // Behind address translation another device may speak from where one spoke before.
      if (decoded.ident !== null && this.#context.ident !== null && decoded.ident !== this.#context.ident) {
        this.#context = newSession('udp');
        decoded = decodeInSession(codec, frame, this.#context);
      }
      const piece = this.#consume(decoded.kind, to, decoded.faults, { decoded, frame, codec });
      this.#remember(decoded);
      return piece;
    } catch (error) {
      return this.#consume('refused', to, [bugFault(error)]);
    } finally {
      inbox.clear();
    }
  }

  #remember({ ident, dialect }: Decoded): void {
    const { context } = this;
    if (ident === null && dialect === null) return;
    this.#context = { ...context, ident: ident ?? context.ident, dialect: dialect ?? context.dialect };
  }

  /** Makes a piece of the bytes up to `end` of the inbox, which are used with it. */
  #consume(
    kind: Piece['kind'],
    end: number,
    faults: readonly Fault[],
    frame: { decoded: Decoded; frame: Uint8Array; codec: Decoder } | null = null,
  ): Piece {
    const inbox = this.#inbox;
    const { entry, number } = this.#last;
    const { transport, listener, peer, sessionId, companyId } = entry;
    const at: EpochMs = entry.at;
    const bytes = frame?.frame ?? inbox.bytes.slice(inbox.from, end);
    const from = this.#offset;
    this.#offset += bytes.length;
    inbox.consume(end);
    const codec = frame?.codec ?? this.#codec;
    const decoded = frame?.decoded ?? null;
    const span = { from, end: this.#offset };
    return {
      entry: number,
      at,
      transport,
      listener,
      peer,
      sessionId,
      ...(companyId === undefined ? {} : { companyId }),
      ...span,
      kind,
      codec,
      context: this.#context,
      bytes,
      decoded,
      faults,
    };
  }
}

const NO_CODEC = fault('wire_unknown', 0, 'no protocol recognises the first bytes; --protocol names one');

function bugFault(error: unknown): Fault {
  return fault('bug_invariant', 0, `the codec failed: ${error instanceof Error ? error.message : String(error)}`);
}

/**
 * Takes bytes apart until every one of them has a name: the frames of a stream one by one, each with its fields, as plain values
 * for a terminal, a console or an API. Where nobody recognises them, what each codec says against them.
 */
import type { Fault } from '#errors/fault';
import type { Transport } from '#model/frame-record';
import type { Codec, Decoder, SessionContext } from '#protocols/codec';
import type { Span } from '#protocols/explain/span';
import { toHex } from '#wire/hex';
import { chooseByBytes, decodeStream, type DecodedPiece } from './decode-stream.ts';
import { explainPiece, type ExplainedPiece } from './explain-piece.ts';
import { verdictsOn, type Verdict } from './verdicts.ts';

/** What is known of the bytes besides themselves. */
export interface Given extends Pick<SessionContext, 'ident' | 'dialect'> {
  /** Name of a codec; `null` lets the bytes choose. */
  protocol: string | null;
  /** How they came; `null` takes them for a stream, or for one datagram where they are none. */
  transport: Transport | null;
}

export interface DissectedPiece {
  /** Where it lies in the input. Offsets in `span` and `faults` count from here. */
  from: number;
  end: number;
  kind: DecodedPiece['kind'];
  /** What the session would have known before it. */
  ident: string | null;
  dialect: string | null;
  /** Messages that are kept of it. */
  messages: number;
  /** Hex of the bytes that let the device forget it; `null` where there are none. */
  reply: string | null;
  faults: readonly Fault[];
  span: Span;
}

export interface Dissection {
  bytes: number;
  /** `null` where no codec finds a frame in the bytes. */
  protocol: string | null;
  /** Identity known at the end; `null` where the bytes never say it. */
  ident: string | null;
  pieces: DissectedPiece[];
  /** Pieces that were found behind those, and left out. */
  piecesLeft: number;
  /** What each codec that was asked says of the bytes, best first. */
  verdicts: Verdict[];
}

/**
 * Dissects bytes. A protocol that is not among the codecs is a programmer's error. Without one the first bytes choose, as they do in a
 * session; where they choose none, the codec that finds whole frames further on, or a datagram. No more than `mostPieces` are named.
 */
export function dissect(codecs: readonly Codec[], bytes: Uint8Array, given: Given, mostPieces = Infinity): Dissection {
  const asked = given.protocol === null ? codecs : codecs.filter(({ name }) => name === given.protocol);
  if (asked.length === 0) throw new Error(`no codec is called ${given.protocol}`);
  const verdicts = verdictsOn(asked, bytes);
  const { codec, transport } = chooseFor(asked, bytes, given, verdicts);
  if (codec === null) return { bytes: bytes.length, protocol: null, ident: null, pieces: [], piecesLeft: 0, verdicts };
  const { ident, pieces } = decodeStream(codec, bytes, { ident: given.ident, dialect: given.dialect, transport });
  const shown = pieces.slice(0, mostPieces);
  const dissected = shown.map((piece) => dissectPiece(piece, explainPiece(codec, bytes, piece)));
  const piecesLeft = pieces.length - shown.length;
  return { bytes: bytes.length, protocol: codec.name, ident, pieces: dissected, piecesLeft, verdicts };
}

/** A session that was taken apart before, each piece with its bytes and what decoded them. */
export interface SessionPieces {
  protocol: string | null;
  ident: string | null;
  pieces: readonly (DecodedPiece & { bytes: Uint8Array; codec: Decoder | null })[];
}

/** Dissects a session's pieces. Offsets are in all that it sent. */
export function dissectPieces(codecs: readonly Codec[], { protocol, ident, pieces }: SessionPieces): Dissection {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece.bytes, at);
    at += piece.bytes.length;
  }
  const dissected =
    protocol === null ? [] : pieces.map((piece) => dissectPiece(piece, explainPiece(piece.codec, bytes, piece)));
  return { bytes: bytes.length, protocol, ident, pieces: dissected, piecesLeft: 0, verdicts: verdictsOn(codecs, bytes) };
}

interface Choice {
  codec: Codec | null;
  transport: Transport;
}

function chooseFor(codecs: readonly Codec[], bytes: Uint8Array, given: Given, verdicts: readonly Verdict[]): Choice {
  const transport = given.transport ?? 'tcp';
  const named = given.protocol === null ? null : (codecs[0] ?? null);
  const whole = verdicts.find(({ outcome }) => outcome === 'frames');
  const isDatagram = given.transport === null && whole?.as === 'datagram';
  const byBytes = named ?? (isDatagram ? null : chooseByBytes(codecs, bytes, transport));
  if (byBytes !== null && !(named !== null && isDatagram)) return { codec: byBytes, transport };
  const found = codecs.find(({ name }) => name === whole?.protocol) ?? null;
  return { codec: named ?? found, transport: isDatagram ? 'udp' : transport };
}

function dissectPiece(piece: DecodedPiece, { span }: ExplainedPiece): DissectedPiece {
  const { from, end, kind, decoded, faults, context } = piece;
  return {
    from,
    end,
    kind,
    ident: context.ident === '' ? null : context.ident,
    dialect: context.dialect,
    messages: decoded?.messages.length ?? 0,
    reply: decoded === null || decoded.reply === null ? null : toHex(decoded.reply),
    faults,
    span,
  };
}

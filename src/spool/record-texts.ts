/**
 * The texts in front of a record's frame. Most records of a sender have the same ones, so they are neither written nor read anew for each:
 * a few places remember what was written or read last of those that fall to them. What does not fit there only takes longer.
 */
import { type Cursor, readBytes, readU32, readU8 } from '#wire/cursor';
import { murmur3Twice, type TwoHashes } from '#wire/hash';
import { newWriter, reserve, type Writer, writeBytes, writeU32, writeU8, written } from '#wire/writer';

/** Who sent a record, and how. */
export interface SenderTexts {
  listener: string;
  peer: string;
  sessionId: string;
  protocol: string;
  ident: string | null;
  dialect: string | null;
}

const LONG_TEXT = 0xff;

/** Writes a text behind its length. */
export function writeText(writer: Writer, text: string): void {
  const { length } = text;
  if (length >= LONG_TEXT) {
    writeLongText(writer, text);
    return;
  }
  const at = reserve(writer, 1 + length);
  const { bytes } = writer;
  bytes[at] = length;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) {
      writer.length = at;
      writeLongText(writer, text);
      return;
    }
    bytes[at + 1 + i] = unit;
  }
}

/** Writes a text that is long or not plain ASCII. */
function writeLongText(writer: Writer, text: string): void {
  const encoded = Buffer.from(text, 'utf8');
  if (encoded.length < LONG_TEXT) writeU8(writer, encoded.length);
  else {
    writeU8(writer, LONG_TEXT);
    writeU32(writer, encoded.length);
  }
  writeBytes(writer, encoded);
}

/** Reads a text behind its length. */
export function readText(cursor: Cursor): string {
  const short = readU8(cursor);
  const { buffer, byteOffset, length } = readBytes(cursor, short === LONG_TEXT ? readU32(cursor) : short);
  return length === 0 ? '' : Buffer.from(buffer, byteOffset, length).toString('utf8');
}

function writeAll(writer: Writer, { listener, peer, sessionId, protocol, ident, dialect }: SenderTexts): void {
  writeText(writer, listener);
  writeText(writer, peer);
  writeText(writer, sessionId);
  writeText(writer, protocol);
  if (ident !== null) writeText(writer, ident);
  if (dialect !== null) writeText(writer, dialect);
}

/** The texts of a session as they were written last. */
interface Written extends SenderTexts {
  bytes: Uint8Array;
}

/** Sessions whose texts are remembered; when there are more, all are forgotten. */
const SESSIONS_KEPT = 16_384;
const writtenBySession = new Map<string, Written>();

const passing = newWriter(256);

/** The same for a sender that is not heard again, as each request to the HTTP port is one. Good until the next call. */
export function passingBytes(texts: SenderTexts): Uint8Array {
  passing.length = 0;
  writeAll(passing, texts);
  return written(passing);
}

/** Gives the sender's texts as they are written, those that are `null` left out. Not to be changed. */
export function senderBytes(texts: SenderTexts): Uint8Array {
  const known = writtenBySession.get(texts.sessionId);
  return known !== undefined && isSame(known, texts) ? known.bytes : remember(texts).bytes;
}

function isSame(known: SenderTexts, { listener, peer, protocol, ident, dialect }: SenderTexts): boolean {
  return (
    known.peer === peer &&
    known.ident === ident &&
    known.protocol === protocol &&
    known.listener === listener &&
    known.dialect === dialect
  );
}

function remember({ listener, peer, sessionId, protocol, ident, dialect }: SenderTexts): Written {
  const own = newWriter(128);
  const texts = { listener, peer, sessionId, protocol, ident, dialect };
  writeAll(own, texts);
  const entry = { ...texts, bytes: written(own) };
  if (writtenBySession.size >= SESSIONS_KEPT) writtenBySession.clear();
  writtenBySession.set(sessionId, entry);
  return entry;
}

/** Texts that were read, with the bytes they were read from. */
interface Read {
  bytes: Uint8Array;
  hasIdent: boolean;
  texts: Readonly<SenderTexts>;
}

/** A power of two, since the place is the low bits of a hash. */
const PLACES = 8_192;
const hashes: TwoHashes = { first: 0, second: 0 };
const places: (Read | undefined)[] = Array.from({ length: PLACES }, () => undefined);

/** Reads the sender's texts at the cursor, and moves it behind them. Throws where they go beyond its end. */
export function readSender(cursor: Cursor, hasIdent: boolean, hasDialect: boolean): Readonly<SenderTexts> {
  const { bytes, offset } = cursor;
  const end = endOfTexts(cursor, 4 + (hasIdent ? 1 : 0) + (hasDialect ? 1 : 0));
  if (end === null) return readAll(cursor, hasIdent, hasDialect);
  murmur3Twice(bytes, 0, 0, hashes, offset, end);
  const place = hashes.first & (PLACES - 1);
  const known = places[place];
  if (known !== undefined && known.hasIdent === hasIdent && isRange(known.bytes, bytes, offset, end)) {
    cursor.offset = end;
    return known.texts;
  }
  const texts = readAll(cursor, hasIdent, hasDialect);
  places[place] = { bytes: bytes.slice(offset, end), hasIdent, texts };
  return texts;
}

function readAll(cursor: Cursor, hasIdent: boolean, hasDialect: boolean): SenderTexts {
  const [listener, peer, sessionId, protocol] = [readText(cursor), readText(cursor), readText(cursor), readText(cursor)];
  const ident = hasIdent ? readText(cursor) : null;
  const dialect = hasDialect ? readText(cursor) : null;
  return { listener, peer, sessionId, protocol, ident, dialect };
}

/** Where so many short texts end; `null` where one of them is long, or goes beyond the cursor's end. */
function endOfTexts({ bytes, offset, end }: Cursor, count: number): number | null {
  let at = offset;
  for (let i = 0; i < count; i++) {
    const length = bytes[at] as number;
    if (at >= end || length === LONG_TEXT) return null;
    at += 1 + length;
  }
  return at > end ? null : at;
}

function isRange(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
  return true;
}

import { existsSync, readFileSync } from 'node:fs';
import { findGatewayError } from '#errors/gateway-error';
import { fromHex } from '#wire/hex';
import type { Source } from '../capture/import/index.ts';
import { identOf, type Piece } from '../replay/piece.ts';
import { piecesOf } from '../replay/replay.ts';
import type { DecoderOptions } from '../replay/session-decoder.ts';
import type { Io } from './console-io.ts';
import { CommandFailure } from './exit-codes.ts';
import { endSource, openNamed, type SourceOptions } from './source-options.ts';

/** What one device said in a file that something has logged. */
export interface LoggedSession {
  /** Which session it is, with whom, and how. */
  title: string;
  /** `null` where no codec recognises what it says. */
  protocol: string | null;
  /** Identity known at the end; `null` where nothing says it. */
  ident: string | null;
  pieces: Piece[];
}

/** All of it is kept at once, and shown. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Longer hex is a log, however it is written. */
const MOST_HEX_BYTES = 64 * 1024 * 1024;

/**
 * Opens what a command line names where it is a log of sessions or a capture. Gives `null` where it is no file, where it is hex digits
 * that are one stream, and where it is of no format, as raw bytes are: these are the caller's.
 */
export async function openLog(input: string, options: SourceOptions): Promise<Source | null> {
  if (options.from === 'auto' && (input === '-' || !existsSync(input))) return null;
  try {
    const source = await openNamed(input, options);
    if (options.from !== 'auto' || source.format !== 'hex' || !isOneStream(input, source)) return source;
    await source.close();
    return null;
  } catch (error) {
    if (options.from === 'auto' && findGatewayError(error)?.code === 'import_format') return null;
    throw error;
  }
}

/** Tells lines that are nothing but hex digits from those that say more, such as a time. */
function isOneStream(path: string, { sizeBytes }: Source): boolean {
  return (sizeBytes ?? 0) <= MOST_HEX_BYTES && fromHex(readFileSync(path, 'latin1')) !== null;
}

/** Takes each session of a log apart, in the order in which they begin. Says on the error stream what was skipped. */
export async function loggedSessions(io: Io, source: Source, decoding: DecoderOptions): Promise<LoggedSession[]> {
  const sessions = new Map<string, LoggedSession>();
  let sizeBytes = 0;
  for await (const piece of piecesOf(source.entries, decoding)) {
    sizeBytes += piece.bytes.length;
    if (sizeBytes > MOST_BYTES) {
      await source.close();
      throw new CommandFailure('input', `${source.path} holds more than can be shown: odograph replay summarises it`);
    }
    const { sessionId, peer, transport, listener } = piece;
    const key = `${transport} ${sessionId}`;
    const way = listener === '' ? transport : `${transport} ${listener}`;
    const title = [sessionId, peer, way].filter((part) => part !== '').join(', ');
    const session = sessions.get(key) ?? { title, protocol: null, ident: null, pieces: [] };
    sessions.set(key, session);
    session.pieces.push(piece);
    session.protocol ??= piece.codec?.name ?? null;
    session.ident = identOf(piece) || session.ident;
  }
  endSource(io, source);
  if (sessions.size === 0) throw new CommandFailure('input', `nothing in ${source.path} was sent by a device`);
  return [...sessions.values()];
}

import type { CaptureEntry } from '../capture/entry.ts';
import type { Piece } from './piece.ts';
import { SessionDecoder, type DecoderOptions } from './session-decoder.ts';

/** Sessions remembered. Of the longest silent one it is forgotten what its device was called, where the capture does not say. */
const SESSIONS = 200_000;

/** Takes a capture apart, all its sessions side by side. The same capture gives the same pieces. */
export class Replay {
  readonly #options: DecoderOptions;
  readonly #sessions = new Map<string, SessionDecoder>();
  #entries = 0;

  constructor(options: DecoderOptions) {
    this.#options = options;
  }

  /** Takes the next entry, in whichever direction, and gives the pieces that are whole with it. */
  take(entry: CaptureEntry): Piece[] {
    const number = this.#entries++;
    if (entry.direction === 'out') return [];
    const { sessionId, transport } = entry;
    const key = `${transport} ${sessionId}`;
    const session = this.#sessions.get(key) ?? new SessionDecoder(this.#options, entry);
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    const pieces = session.take(entry, number);
    if (this.#sessions.size > SESSIONS) this.#forgetOldest();
    return pieces;
  }

  /** The capture has ended: gives what never became whole. */
  end(): Piece[] {
    const pieces = [...this.#sessions.values()].flatMap((session) => session.end());
    this.#sessions.clear();
    return pieces;
  }

  #forgetOldest(): void {
    const [oldest] = this.#sessions;
    if (oldest === undefined) return;
    const [key, session] = oldest;
    this.#sessions.delete(key);
    // What was begun may still become whole.
    if (!session.isBetweenFrames) this.#sessions.set(key, session);
  }
}

/** All pieces of a capture. */
export async function* piecesOf(entries: AsyncIterable<CaptureEntry>, options: DecoderOptions): AsyncGenerator<Piece> {
  const replay = new Replay(options);
  for await (const entry of entries) yield* replay.take(entry);
  yield* replay.end();
}

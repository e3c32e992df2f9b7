import type { Clock } from '#model/clocks';
import type { SessionTap, TappedSession } from '../../session/tap.ts';
import type { Selection } from '../selection.ts';
import { TapStream } from './tap-stream.ts';

export interface TapOptions {
  now: Clock;
  /** Listeners at a time. */
  most: number;
  /** Bytes that may wait for each. */
  waitingBytes: number;
  onLost: (entries: number) => void;
}

/** Listens in on all sessions of a gateway for whoever asks. While nobody does, sessions only look at `isOpen`. */
export class Tap implements SessionTap {
  isOpen = false;
  readonly #options: TapOptions;
  readonly #streams = new Set<TapStream>();
  #closed = false;

  constructor(options: TapOptions) {
    this.#options = options;
  }

  /** Whoever listens now. */
  get listeners(): number {
    return this.#streams.size;
  }

  /** Begins to listen; `null` where as many listen as may. The stream is a capture, and ends with the gateway. */
  listen(selection: Selection): TapStream | null {
    if (this.#closed || this.#streams.size >= this.#options.most) return null;
    const { now, waitingBytes, onLost } = this.#options;
    const stream = new TapStream({ selection, now, waitingBytes, onLost, onClose: () => this.#leave(stream) });
    // Whoever reads it hears of it too; with nobody there yet it must not end the process.
    stream.on('error', () => undefined);
    this.#streams.add(stream);
    this.isOpen = true;
    return stream;
  }

  tell(direction: 'in' | 'out', session: TappedSession, bytes: Uint8Array): void {
    for (const stream of this.#streams) {
      try {
        stream.offer(direction, session, bytes);
      } catch (error) {
        // A listener must never cost a device anything.
        stream.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Ends all listening; what waits is still read. */
  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) stream.finish();
  }

  #leave(stream: TapStream): void {
    this.#streams.delete(stream);
    this.isOpen = this.#streams.size > 0;
  }
}

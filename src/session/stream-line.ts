import type { Codec } from '#protocols/codec';
import type { CommandLine } from './command-line.ts';
import type { FrameIntake } from './frame-intake.ts';

/** The way of commands to the device of a stream session. */
export class StreamLine implements CommandLine {
  readonly sessionId: string;
  readonly ident: string;
  readonly #codec: Codec;
  readonly #intake: Pick<FrameIntake, 'context' | 'owed'>;
  readonly #peer: { send(bytes: Uint8Array): void };
  #callback: (() => void) | null = null;

  constructor(
    sessionId: string,
    ident: string,
    codec: Codec,
    intake: Pick<FrameIntake, 'context' | 'owed'>,
    peer: { send(bytes: Uint8Array): void },
  ) {
    this.sessionId = sessionId;
    this.ident = ident;
    this.#codec = codec;
    this.#intake = intake;
    this.#peer = peer;
  }

  get protocol(): string {
    return this.#codec.name;
  }

  get idle(): boolean {
    return this.#intake.owed === 0;
  }

  whenIdle(callback: () => void): void {
    if (this.idle) callback();
    else this.#callback = callback;
  }

  /** Called by the session when the last ack owed has left. */
  becomeIdle(): void {
    const callback = this.#callback;
    this.#callback = null;
    callback?.();
  }

  encode(text: string, addressed: boolean): Uint8Array | null {
    try {
      return this.#codec.encodeCommand?.(text, addressed, this.#intake.context) ?? null;
    } catch {
      // A codec that throws is our bug; the command fails, and the session goes on.
      return null;
    }
  }

  send(bytes: Uint8Array): void {
    this.#peer.send(bytes);
  }
}

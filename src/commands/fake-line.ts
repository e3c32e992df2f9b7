import type { CommandLine } from '../session/command-line.ts';

/** A session that keeps what it is told to send. For tests. */
export class FakeLine implements CommandLine {
  readonly protocol = 'toy';
  readonly sent: string[] = [];
  idle = true;
  #callback: (() => void) | null = null;
  readonly sessionId: string;
  readonly ident: string;

  constructor(sessionId: string, ident = '42') {
    this.sessionId = sessionId;
    this.ident = ident;
  }

  whenIdle(callback: () => void): void {
    this.#callback = callback;
  }

  becomeIdle(): void {
    this.idle = true;
    this.#callback?.();
  }

  encode(text: string, addressed: boolean): Uint8Array | null {
    return text === 'impossible' ? null : Buffer.from(addressed ? `${this.ident}:${text}` : text);
  }

  send(bytes: Uint8Array): void {
    if (!this.idle) throw new Error('acks are owed');
    this.sent.push(Buffer.from(bytes).toString());
  }
}

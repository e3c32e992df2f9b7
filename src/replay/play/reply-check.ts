import { Waker } from '#model/waker';
import { plainBytes } from '#wire/plain-bytes';
import { bytesText, type PlayReport } from './play-report.ts';

/** What must come for something that was sent. */
interface Expected {
  bytes: Uint8Array;
  entry: number;
  /** It may come or not: the codec can let a frame go that it refuses, and the gateway decides when. */
  optional: boolean;
}

const EMPTY = new Uint8Array(0);

/**
 * Holds what the gateway says against what the codec says must come, in order. On a stream replies are told apart by their
 * length alone; elsewhere each comes by itself.
 */
export class ReplyCheck {
  readonly #report: PlayReport;
  readonly #whose: { session: string; ident: () => string };
  readonly #isStream: boolean;
  #expected: Expected[] = [];
  #acksOwed: number[] = [];
  #heard: Uint8Array = EMPTY;
  #ended = false;
  readonly #waker = new Waker();

  constructor(report: PlayReport, isStream: boolean, whose: { session: string; ident: () => string }) {
    this.#report = report;
    this.#isStream = isStream;
    this.#whose = whose;
  }

  /** Nothing is owed any more, but what may come or not. */
  get isSettled(): boolean {
    return this.#acksOwed.length === 0 && !this.#expected.some(({ optional }) => !optional);
  }

  expectReply(bytes: Uint8Array, entry: number, optional = false): void {
    this.#expected.push({ bytes, entry, optional });
    if (!optional) this.#report.replies.expected++;
  }

  expectAck(entry: number): void {
    this.#acksOwed.push(entry);
    this.#report.acks.expected++;
  }

  heard(bytes: Uint8Array): void {
    if (this.#isStream) {
      this.#heard = Buffer.concat([this.#heard, bytes]);
      this.#matchStream();
    } else this.#matchMessage(plainBytes(bytes));
    this.#waker.wake();
  }

  acknowledged(): void {
    if (this.#acksOwed.shift() !== undefined) this.#report.acks.right++;
    this.#waker.wake();
  }

  refused(why: string): void {
    const entry = this.#acksOwed.shift() ?? null;
    this.#report.acks.refused++;
    this.#problem('refused', entry, why);
    this.#waker.wake();
  }

  /** Nothing more will come. */
  end(): void {
    this.#ended = true;
    this.#waker.wake();
  }

  /** Waits until nothing is owed, at most so long; true where that is so. */
  async settled(withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (!this.isSettled && !this.#ended) {
      const left = deadline - performance.now();
      if (left <= 0) break;
      await this.#waker.sleep(left);
    }
    return this.isSettled;
  }

  /** Gives up what is owed: it is missing. */
  giveUp(): void {
    for (const { bytes, entry, optional } of this.#expected) {
      if (optional) continue;
      if (this.#heard.length > 0) this.#differs(entry, bytes, this.#heard);
      else {
        this.#report.replies.missing++;
        this.#problem('missing', entry, `${bytesText(bytes)} must come, and nothing did`);
      }
      this.#heard = EMPTY;
    }
    for (const entry of this.#acksOwed) {
      this.#report.acks.missing++;
      this.#problem('missing', entry, 'the message was not acknowledged');
    }
    this.#expected = [];
    this.#acksOwed = [];
  }

  #matchStream(): void {
    while (this.#heard.length > 0) {
      const next = this.#expected[0];
      if (next === undefined) {
        this.#report.unexpectedBytes += this.#heard.length;
        this.#heard = EMPTY;
        return;
      }
      const length = Math.min(this.#heard.length, next.bytes.length);
      const isSame = Buffer.compare(this.#heard.subarray(0, length), next.bytes.subarray(0, length)) === 0;
      if (!isSame && next.optional) {
        this.#expected.shift();
        continue;
      }
      if (length < next.bytes.length) return;
      const got = this.#heard.subarray(0, length);
      this.#heard = this.#heard.subarray(length);
      this.#take(next, got, isSame);
    }
  }

  #matchMessage(reply: Uint8Array): void {
    const isIt = ({ bytes }: Expected) => Buffer.compare(bytes, reply) === 0;
    // A reply that is lost, or comes again for a datagram that was sent again, must not shift those behind it.
    const at = this.#expected.findIndex(isIt);
    const first = this.#expected.find(({ optional }) => !optional);
    const next = at >= 0 ? this.#expected[at] : first;
    if (next === undefined) this.#report.unexpectedBytes += reply.length;
    else this.#take(next, reply, at >= 0);
  }

  #take(expected: Expected, got: Uint8Array, isSame: boolean): void {
    this.#expected = this.#expected.filter((one) => one !== expected);
    if (!isSame) this.#differs(expected.entry, expected.bytes, got);
    else if (!expected.optional) this.#report.replies.right++;
  }

  #differs(entry: number, wanted: Uint8Array, got: Uint8Array): void {
    this.#report.replies.different++;
    this.#problem('different', entry, `${bytesText(wanted)} must come, ${bytesText(got)} came`);
  }

  #problem(kind: 'missing' | 'different' | 'refused', entry: number | null, detail: string): void {
    const { session, ident } = this.#whose;
    this.#report.problem({ kind, session, ident: ident(), entry, detail });
  }
}

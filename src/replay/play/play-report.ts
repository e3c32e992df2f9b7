import { toHex } from '#wire/hex';

/** Something that did not come as the codec says it must. */
export interface PlayProblem {
  kind: 'missing' | 'different' | 'refused' | 'cut off' | 'unreachable';
  session: string;
  ident: string;
  /** Number of the capture's entry, from 0; `null` where it is about the session. */
  entry: number | null;
  detail: string;
}

/** What came of playing a capture. */
export class PlayReport {
  sessions = 0;
  entries = 0;
  frames = 0;
  bytes = 0;
  /** Logins made for sessions that begin behind their own. */
  loginsMade = 0;
  /** Datagrams sent again because no reply came. */
  resends = 0;
  /** Replies of the protocol, and acks of the transport. */
  replies = { expected: 0, right: 0, missing: 0, different: 0 };
  acks = { expected: 0, right: 0, missing: 0, refused: 0 };
  /** Bytes that nothing asked for, such as a command. */
  unexpectedBytes = 0;
  /** Entries that were not sent, because the gateway had ended the session. */
  unsent = 0;
  /** Sessions that were not played, by the reason. */
  readonly skipped = new Map<string, number>();
  readonly problems: PlayProblem[] = [];
  moreProblems = 0;
  readonly #most: number;

  /** Problems beyond `most` are only counted. */
  constructor(most = 20) {
    this.#most = most;
  }

  problem(problem: PlayProblem): void {
    if (this.problems.length < this.#most) this.problems.push(problem);
    else this.moreProblems++;
  }

  skip(why: string): void {
    this.skipped.set(why, (this.skipped.get(why) ?? 0) + 1);
  }

  /** All was sent, and every reply came as it must. */
  get isClean(): boolean {
    return this.problems.length === 0 && this.unsent === 0 && this.skipped.size === 0;
  }
}

/** Bytes for a message: the first of them, and how many they are. */
export function bytesText(bytes: Uint8Array): string {
  const shown = toHex(bytes.subarray(0, 32));
  return bytes.length > 32 ? `${shown}… (${bytes.length} bytes)` : shown === '' ? 'nothing' : shown;
}

/** What a running gateway has seen of senders, registered or not: connections rather than messages. */
import type { EpochMs } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';

/** One sender while it was connected: a TCP connection, a UDP peer, an MQTT client. */
export interface Contact {
  listener: string;
  peer: string;
  protocol: string;
  /** What it called itself; `null` where it named nobody. */
  ident: string | null;
  openedAt: EpochMs;
  /** When its last byte came; `null` where none did. */
  heardAt: EpochMs | null;
  /** `null` while it lasts. */
  closedAt: EpochMs | null;
  /** Why it ended; `null` for an orderly end. */
  code: ErrorCode | null;
  bytes: number;
  frames: number;
  refused: Readonly<Partial<Record<ErrorCode, { count: number; lastAt: EpochMs; lastDetail: string }>>>;
}

/** Refusals of several contacts of one reason. */
export interface RefusalSum {
  code: ErrorCode;
  count: number;
  lastAt: EpochMs;
  lastDetail: string;
}

/** Adds up what was refused, the most frequent first. */
export function refusalsOf(contacts: readonly Contact[]): RefusalSum[] {
  const sums = new Map<ErrorCode, RefusalSum>();
  for (const { refused } of contacts) {
    for (const code of Object.keys(refused) as ErrorCode[]) {
      const { count, lastAt, lastDetail } = refused[code] as RefusalSum;
      const sum = sums.get(code);
      if (sum === undefined) sums.set(code, { code, count, lastAt, lastDetail });
      else {
        sum.count += count;
        if (lastAt >= sum.lastAt) Object.assign(sum, { lastAt, lastDetail });
      }
    }
  }
  return [...sums.values()].sort((a, b) => b.count - a.count);
}

/**
 * Two contacts of one ident that spoke in turn while both were open. A device that connects again leaves its old connection
 * silent, so each of these was spoken over by a device of its own.
 */
export function rivalsAmong(contacts: readonly Contact[]): [Contact, Contact] | null {
  for (const [i, one] of contacts.entries()) {
    for (const other of contacts.slice(i + 1)) {
      if (one.heardAt === null || other.heardAt === null) continue;
      if (one.heardAt > other.openedAt && other.heardAt > one.openedAt) return [one, other];
    }
  }
  return null;
}

/** When something was last heard of a contact. */
export function lastSignOf({ heardAt, openedAt }: Contact): EpochMs {
  return heardAt ?? openedAt;
}

/** What is written down of a right to data that has ended: who stated it, what follows, and what has come of it. It is the proof. */
import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';

/** `erase`: what is there goes, and nothing more is kept. `stop`: what is there stays. */
export type Demand = 'erase' | 'stop';

/** A position in the records of one gateway, with its time for those of others. */
export interface StatedAt {
  receivedAt: EpochMs;
  /** `null` where no record says it: somebody did. */
  record: { spoolId: string; seq: SpoolSeq } | null;
}

/** What was done at one place, and what was found there afterwards. */
export interface PlaceProof {
  /** `clickhouse`, `spool`, `registry`, `documents` or `captures`. */
  place: string;
  /** The gateway that did it, by the id of its spool: each does it for what it has itself on its way. */
  gateway: string;
  /** What was taken away, by kind: rows by table, records, files. */
  removed: Readonly<Record<string, number>>;
  /** What was still found when it was looked for again: all 0. */
  left: Readonly<Record<string, number>>;
  /** What was not touched, and why, in words. */
  kept: readonly string[];
  startedAt: EpochMs;
  finishedAt: EpochMs;
}

/** What has lifted a withdrawal: data that came later may be kept again. */
export interface Lift {
  by: 'grant' | 'registration' | 'operator';
  at: StatedAt;
}

export interface Withdrawal {
  id: string;
  /** Whose data it is; empty for devices that name no company. */
  companyId: string;
  /** Data that came by this protocol alone; `null` for whatever way it came. */
  protocol: string | null;
  /** Idents of the vehicle as keyed hashes, by which it is known again: see `SealedBox.marks`. Empty where only people are named. */
  vehicles: readonly string[];
  /** The idents themselves, for as long as something is to be looked for by them; `null` once the rule forbids to keep them. */
  idents: readonly string[] | null;
  /** What the devices of all say under these idents is of this company, too: its tracker has them. */
  shared: boolean;
  demand: Demand;
  /** In the words of whoever stated it. */
  cause: string;
  /** Who stated it: a protocol, or an operator by name. */
  by: string;
  /** When it is said to have happened; `null` where nobody says. */
  statedAt: EpochMs | null;
  received: StatedAt;
  /** From then on nothing more was kept. */
  stoppedAt: EpochMs;
  /** Until then all must be gone; `null` where nothing must. */
  dueAt: EpochMs | null;
  lifted: Lift | null;
  places: readonly PlaceProof[];
  /** When the last place was finished; `null` while something is to be done. */
  finishedAt: EpochMs | null;
}

/** A withdrawal of which nothing has come yet; what is to be erased has so long, ms, from when it was received. */
export function newWithdrawal(
  stated: Omit<Withdrawal, 'dueAt' | 'lifted' | 'places' | 'finishedAt'>,
  withinMs: number,
): Withdrawal {
  const isErased = stated.demand === 'erase';
  return {
    ...stated,
    dueAt: isErased ? stated.received.receivedAt + withinMs : null,
    lifted: null,
    places: [],
    finishedAt: isErased ? null : stated.stoppedAt,
  };
}

/** How a withdrawal stands. */
export type WithdrawalState = 'unresolved' | 'purging' | 'overdue' | 'purged' | 'stopped';

/**
 * `unresolved`: it names people, and nobody knows their vehicles; an operator must. `purging`, and `overdue` once its time is over.
 * `purged`, or `stopped` where nothing was to be purged.
 */
export function stateOf({ vehicles, demand, finishedAt, dueAt }: Withdrawal, now: EpochMs): WithdrawalState {
  if (finishedAt !== null) return demand === 'erase' ? 'purged' : 'stopped';
  if (dueAt !== null && dueAt < now) return 'overdue';
  return vehicles.length === 0 ? 'unresolved' : 'purging';
}

/** Whether it was done in time; `null` while that is open, or where there is no such time. */
export function isInTime({ dueAt, finishedAt }: Withdrawal, now: EpochMs): boolean | null {
  if (dueAt === null) return null;
  if (finishedAt !== null) return finishedAt <= dueAt;
  return now > dueAt ? false : null;
}

/** A record as far as its place goes. */
export interface RecordPlace {
  spoolId: string;
  seq: SpoolSeq;
  receivedAt: EpochMs;
}

/** Whether something was stated before a record came: by their order within one spool, by their times between two. */
export function isBefore(stated: StatedAt, { spoolId, seq, receivedAt }: RecordPlace): boolean {
  return stated.record?.spoolId === spoolId ? stated.record.seq < seq : stated.receivedAt < receivedAt;
}

/** Whether a withdrawal says that a record may not be kept. One that obliges to erase holds for what came before it, too. */
export function stopsRecord({ demand, received, lifted }: Withdrawal, place: RecordPlace): boolean {
  if (lifted !== null && isBefore(lifted.at, place)) return false;
  return demand === 'erase' || isBefore(received, place);
}

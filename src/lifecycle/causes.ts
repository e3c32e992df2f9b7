/** Why a vehicle is silent: every cause that can be told apart, with what it means. */
export const CAUSES = {
  gateway_blocked: 'the gateway takes nothing in now',
  sink_down: 'its data arrives and is safe, but ClickHouse does not take it',
  not_waiting: 'the tracker is in a status in which its data counts for nothing',
  mistyped_id: 'a device that nobody registered is heard under nearly the same id',
  never_logged_in: 'senders come that name no device: it may be one of them',
  never_came: 'nothing that could be it has ever come',
  frames_corrupt: 'its frames arrive damaged',
  frames_refused: 'its frames arrive and cannot be read',
  foreign_protocol: 'it speaks a protocol that is not bound to its provider',
  duplicate_ident: 'two devices send under its id',
  clock_wrong: 'the clock of the device is wrong',
  no_fix: 'the device has no satellite fix',
  no_messages: 'the device is connected and says nothing of its vehicle',
  parked: 'the vehicle is parked',
  standing: 'its fixes come, and are within the noise of a standing receiver',
  gone: 'it was heard before, and then no more',
  on_its_way: 'its data arrives; it has not driven far enough yet',
  well: 'its data arrives',
} as const satisfies Record<string, string>;
export type Cause = keyof typeof CAUSES;

/** How sure a finding is: `certain` follows from what was seen, `likely` explains it best, `possible` cannot be told apart from others. */
export type Certainty = 'certain' | 'likely' | 'possible';

/** A cause that was found, with the facts that speak for it and the next thing to try. */
export interface Finding {
  cause: Cause;
  certainty: Certainty;
  /** In words, with the numbers. */
  says: string;
  /** The next thing to try, in words. */
  next: string;
}

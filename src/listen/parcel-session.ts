import type { ErrorCode } from '#errors/codes';

/** How a parcel ended: a datagram or a publish, and every frame in it. */
export type ParcelOutcome =
  /** All of it is safe: the sender may forget it. `replies` are the protocol's own, in the order of the frames. */
  | { kind: 'durable'; replies: readonly Uint8Array[] }
  /** The sender must not be told that it may forget it. */
  | { kind: 'withheld'; code: ErrorCode }
  /** The sender may not come in. `refusal` says so in the protocol, where it can. */
  | { kind: 'turned-away'; code: ErrorCode; refusal: Uint8Array | null }
  /** The disk refused it: it has to be sent again. */
  | { kind: 'lost' };

/** What a listener whose transport keeps messages apart drives: one sender's session. */
export interface ParcelSession {
  /** Device it is known to be; `null` before. */
  readonly ident: string | null;
  /** Acks owed: parcels that are not settled. */
  readonly owed: number;
  /** The sender is to be cut off. */
  readonly tooManyFaults: boolean;
  /** Takes a parcel, whose bytes are only borrowed. */
  receive(bytes: Uint8Array, settle: (outcome: ParcelOutcome) => void): void;
  /** Hears that bytes of an outcome were sent: a reply, or the refusal. */
  sent(bytes: Uint8Array): void;
  /** Goes on with what waited for the journal to accept. */
  resume(): void;
  /** The sender is gone: what waits is forgotten. */
  abort(code: ErrorCode): void;
}
